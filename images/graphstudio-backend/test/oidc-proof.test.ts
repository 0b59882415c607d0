import type { TestOidcProvider } from "@nexus/testkit/oidc-provider";
import { Secret, TOTP } from "otpauth";
import { type BackendWorld, Browser, newEmail, PASSWORD } from "./backend-world";
import { OidcBrowser } from "./oidc-browser";
import { OidcWorld, verified } from "./oidc-world";
import { PATH as FACTOR, STEP_MS } from "./second-factor-world";

const oidc = new OidcWorld();
let provider: TestOidcProvider;
let world: BackendWorld;
let clock: number;
beforeAll(() => ({ provider, world } = oidc));
beforeEach(() => {
  // In the middle of a step, so that no test crosses the border of one.
  clock = Math.floor(Date.now() / STEP_MS) * STEP_MS + STEP_MS / 2;
  jest.spyOn(Date, "now").mockImplementation(() => clock);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const codeOf = (secret: string, steps = 0) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: clock + steps * STEP_MS });

/** Somebody who signed in with the provider, and has no password. */
async function newcomer(subject: string) {
  const email = newEmail();
  await provider.know({ [subject]: verified(email) });
  const browser = await oidc.signedIn(subject);
  return { browser, email };
}

/** Turns two-factor sign-in on. @returns the secret; the code of the step before is used up */
async function protect(browser: Pick<Browser, "ask">, password?: string): Promise<string> {
  const { status, body } = await browser.ask("POST", FACTOR, { password });
  expect(status).toBe(201);
  const secret = String(body.secret);
  expect(await browser.ask("POST", `${FACTOR}/confirm`, { code: codeOf(secret, -1) })).toMatchObject({ status: 200 });
  return secret;
}

const sessionsOf = async (email: string) =>
  (
    await world.backend.database.query(
      "select 1 from studio.browser_sessions join studio.users on users.id = user_id where email = $1",
      [email],
    )
  ).rows.length;

describe("a person without a password", () => {
  it("proves who they are by a sign-in of the last five minutes, and is told so where it is older", async () => {
    const { browser, email } = await newcomer("stale");
    const secret = await protect(browser);
    await oidc.letPass(email);
    const stale = { status: 403, body: { code: "fresh_sign_in_needed" } };
    const code = codeOf(secret);
    for (const password of [undefined, "", PASSWORD]) {
      expect(await browser.ask("POST", `${FACTOR}/off`, { password, code })).toMatchObject(stale);
      expect(await browser.ask("PUT", "/account/password", { password, newPassword: PASSWORD })).toMatchObject(stale);
      expect(await browser.ask("DELETE", "/account/me", { password })).toMatchObject(stale);
    }
    const failed = (await oidc.acts("platform")).filter(({ outcome, target }) => outcome === "failed" && target.userId);
    expect(failed.slice(-3).map(({ act }) => act)).toEqual([
      "second-factor.off",
      "password.changed",
      "account.deleted",
    ]);
    expect((await browser.get(FACTOR)).body.on).toBe(true);
    // A renewed session is no new sign-in.
    await browser.post("/auth/session/token", {});
    expect(await browser.ask("POST", `${FACTOR}/off`, { code })).toMatchObject(stale);
    const { body } = await new OidcBrowser(world).signIn(provider, "stale");
    const again = new OidcBrowser(world);
    expect(
      await again.post("/auth/session/second-factor", { challenge: body.challenge, code: codeOf(secret) }),
    ).toMatchObject({ status: 200 });
    expect(await browser.ask("POST", `${FACTOR}/off`, { code: codeOf(secret, 1) })).toMatchObject({ status: 204 });
  });

  it("sets a first password so, which ends all sessions and counts from then on", async () => {
    const { browser, email } = await newcomer("first");
    expect(await browser.ask("PUT", "/account/password", { newPassword: PASSWORD })).toMatchObject({ status: 204 });
    expect(await sessionsOf(email)).toBe(0);
    expect((await new Browser(world, email).logIn()).status).toBe(200);
    const again = await oidc.signedIn("first");
    expect((await again.get("/account/ways")).body).toEqual({ password: true, oidc: true });
    const refused = await again.ask("PUT", "/account/password", { newPassword: "another horse battery" });
    expect(refused).toMatchObject({ status: 401, body: { code: "credentials_invalid" } });
  });

  it("deletes their account so, with its identities; the next sign-in makes a new one", async () => {
    const { browser } = await newcomer("leaving");
    const { id, tenantId } = (await browser.get("/account/me")).body;
    expect(await browser.ask("DELETE", "/account/me", { tenants: [tenantId] })).toMatchObject({ status: 204 });
    const { rows } = await world.backend.database.query("select 1 from studio.identities where user_id = $1", [id]);
    expect(rows).toEqual([]);
    expect((await (await oidc.signedIn("leaving")).get("/account/me")).body.id).not.toBe(id);
  });

  it("deletes a tenant so", async () => {
    const { browser, email } = await newcomer("tidy");
    const { id } = (await browser.ask("POST", "/account/tenants", { name: "Old" })).body;
    await oidc.letPass(email);
    const path = `/account/tenants/${String(id)}`;
    expect(await browser.ask("DELETE", path, { name: "Old" })).toMatchObject({
      body: { code: "fresh_sign_in_needed" },
    });
    await oidc.signedIn("tidy");
    expect(await browser.ask("DELETE", path, { name: "Old" })).toMatchObject({ status: 204 });
  });

  it("deletes both with a code as well where two-factor sign-in is on", async () => {
    const { browser } = await newcomer("both");
    const { tenantId } = (await browser.get("/account/me")).body;
    const { id } = (await browser.ask("POST", "/account/tenants", { name: "Old" })).body;
    const secret = await protect(browser);
    const needed = { status: 422, body: { code: "code_invalid" } };
    const path = `/account/tenants/${String(id)}`;
    expect(await browser.ask("DELETE", path, { name: "Old" })).toMatchObject(needed);
    expect(await browser.ask("DELETE", path, { name: "Old", code: codeOf(secret) })).toMatchObject({ status: 204 });
    expect(await browser.ask("DELETE", "/account/me", { tenants: [tenantId] })).toMatchObject(needed);
    const code = codeOf(secret, 1);
    expect(await browser.ask("DELETE", "/account/me", { tenants: [tenantId], code })).toMatchObject({ status: 204 });
  });

  it("is in the export of the account with what the provider calls them", async () => {
    const { browser } = await newcomer("exported");
    const { lines } = (await browser.get("/account/export")).body as { lines: string[] };
    const found = lines.map((line) => JSON.parse(line) as { kind: string });
    expect(found.map(({ kind }) => kind)).toEqual(["account", "identity", "session", "membership", "end"]);
    expect(found[1]).toEqual({
      kind: "identity",
      issuer: provider.issuer,
      subject: "exported",
      connectedAt: expect.any(String),
    });
    expect(found[3]).toMatchObject({ byGroup: false });
  });
});

describe("two-factor sign-in", () => {
  it("asks for a code after the provider, and opens no session before", async () => {
    const { browser, email } = await newcomer("careful");
    const secret = await protect(browser);
    const before = await sessionsOf(email);
    const signingIn = new OidcBrowser(world);
    const { status, body } = await signingIn.signIn(provider, "careful");
    expect({ status, code: body.code }).toEqual({ status: 401, code: "second_factor_needed" });
    expect(signingIn.cookies.size).toBe(0);
    expect(await sessionsOf(email)).toBe(before);
    const { challenge } = body;
    const wrong = await signingIn.post("/auth/session/second-factor", { challenge, code: "abcd-efgh-ijkl-mnop" });
    expect(wrong).toMatchObject({ status: 422, body: { code: "code_invalid" } });
    const right = await signingIn.post("/auth/session/second-factor", { challenge, code: codeOf(secret) });
    expect(right).toMatchObject({ status: 200, body: { user: { email } } });
    expect((await oidc.acts("platform")).filter(({ target }) => target.reason === "second_factor_needed")).toEqual([]);
  });

  it("shows a tenant that requires it once it is set up, also without a password", async () => {
    const { browser, email } = await newcomer("required");
    const owner = new Browser(world);
    const { user } = (await owner.signUp()).body as { user: { tenantId: string } };
    await protect(owner, PASSWORD);
    const tenant = `/account/tenants/${user.tenantId}`;
    const { token } = (await owner.ask("POST", `${tenant}/invitations`, { role: "member", email })).body;
    expect(await browser.ask("POST", "/account/invitations/accept", { token })).toMatchObject({ status: 200 });
    expect(await owner.ask("PUT", `${tenant}/second-factor`, { required: true })).toMatchObject({ status: 204 });
    expect(await browser.get(tenant)).toMatchObject({ body: { code: "second_factor_required" } });
    await protect(browser);
    expect(await browser.get(tenant)).toMatchObject({ status: 200 });
  });

  it("lets nobody connect the account by its address alone, but whoever is signed in to it", async () => {
    const browser = new Browser(world);
    const { user } = (await browser.signUp()).body as { user: { id: string } };
    await oidc.setVerified(browser.email);
    const secret = await protect(browser, PASSWORD);
    await provider.know({ connected: verified(browser.email) });
    const refused = { status: 409, body: { code: "oidc_connect_first" } };
    expect(await new OidcBrowser(world).signIn(provider, "connected")).toMatchObject(refused);
    const connecting = new OidcBrowser(world);
    connecting.cookies.set("nexus_session", String(browser.cookie).split("=")[1] ?? "");
    const { body } = await connecting.signIn(provider, "connected");
    const answer = { challenge: body.challenge, code: codeOf(secret) };
    expect(await connecting.post("/auth/session/second-factor", answer)).toMatchObject({ body: { user } });
    expect((await browser.ask("GET", "/account/ways")).body).toEqual({ password: true, oidc: true });
  });
});

describe("a suspended person", () => {
  const suspend = (email: string) =>
    world.backend.database.query("update studio.users set suspended_reason = 'Left' where email = $1", [email]);
  const REFUSED = { status: 403, body: { code: "account_suspended", reason: "Left" } };

  it("is refused before groups are followed and before a session is opened", async () => {
    const { browser, email } = await newcomer("gone");
    const tenant = String((await browser.get("/account/me")).body.tenantId);
    const other = (await new Browser(world).signUp()).body.user as { tenantId: string };
    await suspend(email);
    const before = await sessionsOf(email);
    const OIDC_GROUPS = JSON.stringify({ all: { tenant: other.tenantId, role: "member" } });
    await oidc.withSettings({ OIDC_GROUPS }, async () => {
      await provider.know({ gone: { ...verified(email), groups: ["all"] } });
      expect(await new OidcBrowser(world).signIn(provider, "gone")).toMatchObject(REFUSED);
    });
    const { rows } = await world.backend.database.query(
      "select tenant_id from studio.members join studio.users on users.id = user_id where email = $1",
      [email],
    );
    expect(rows).toEqual([{ tenant_id: tenant }]);
    expect(await sessionsOf(email)).toBe(before);
  });

  it("connects no account, and a right password opens no session either", async () => {
    const browser = new Browser(world);
    await browser.signUp();
    await oidc.setVerified(browser.email);
    await suspend(browser.email);
    await provider.know({ late: verified(browser.email) });
    expect(await new OidcBrowser(world).signIn(provider, "late")).toMatchObject(REFUSED);
    const { rows } = await world.backend.database.query("select 1 from studio.identities where account_id = 'late'");
    expect(rows).toEqual([]);
    expect(await browser.logIn()).toMatchObject(REFUSED);
    expect(await sessionsOf(browser.email)).toBe(1);
  });
});
