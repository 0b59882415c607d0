import { randomUUID } from "node:crypto";
import { TestOidcProvider } from "@nexus/testkit/oidc-provider";
import { BackendWorld, Browser, newEmail } from "./backend-world";
import { OidcBrowser } from "./oidc-browser";

const STUDIO = "http://studio.localhost:8080";
let provider: TestOidcProvider;
let world: BackendWorld;

beforeAll(async () => {
  provider = await TestOidcProvider.start(STUDIO);
  world = await BackendWorld.start({ ...provider.settings, OIDC_NAME: "Example SSO" });
});
afterAll(async () => {
  await world.stop();
  await provider.stop();
});

/** One more backend on the same data, for as long as the work takes. */
async function withSettings(settings: Record<string, string>, work: () => Promise<void>): Promise<void> {
  const usual = world.backend;
  world.backend = await world.startBackend({ ...provider.settings, ...settings });
  try {
    await work();
  } finally {
    await world.backend.app.close();
    await world.backend.close();
    world.backend = usual;
  }
}

const verified = (email = newEmail()) => ({ email, email_verified: true });

async function signedIn(subject: string): Promise<OidcBrowser> {
  const browser = new OidcBrowser(world);
  expect(await browser.signIn(provider, subject)).toMatchObject({ status: 200 });
  return browser;
}

async function acts(chain: string): Promise<{ act: string; outcome: string; target: Record<string, unknown> }[]> {
  const { rows } = await world.backend.database.query<{ line: string }>(
    "select line from studio.audit_rows where chain = $1 order by seq",
    [chain],
  );
  return rows.map(({ line }) => JSON.parse(line) as Awaited<ReturnType<typeof acts>>[number]);
}

const setVerified = async (email: string) =>
  await world.backend.database.query("update studio.users set email_verified = true where email = $1", [email]);

describe("signing in with an identity provider", () => {
  it("is offered by the name that the configuration has", async () => {
    const { body } = await world.ask("GET", "/auth/ways");
    expect(body).toEqual({ passwords: true, oidc: { name: "Example SSO" } });
  });

  it("makes an account at the first sign-in, and finds it again by its subject when the address has changed", async () => {
    const email = newEmail();
    await provider.know({ ada: verified(email.toUpperCase()) });
    const first = await signedIn("ada");
    const me = await first.get("/account/me");
    expect(me.body).toMatchObject({ email, role: "owner", tenantName: email.split("@")[0] });
    await provider.know({ ada: verified() });
    const second = await signedIn("ada");
    expect((await second.get("/account/me")).body).toMatchObject({ id: me.body.id, email });
    expect((await acts("platform")).filter(({ target }) => target.userId === me.body.id)).toMatchObject([
      { act: "account.created" },
      { act: "identity.connected", target: { issuer: provider.issuer } },
    ]);
  });

  it("goes over the provider's own page with state, nonce and PKCE, and comes back to the studio alone", async () => {
    const url = new URL(await new OidcBrowser(world).begin());
    expect(url.origin).toBe(provider.issuer);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      redirect_uri: `${STUDIO}/signed-in`,
      response_type: "code",
      code_challenge_method: "S256",
      scope: "openid email groups",
    });
    for (const name of ["state", "nonce", "code_challenge"]) expect(url.searchParams.get(name)).toHaveLength(43);
  });

  it("sets cookies that no script reads and no other site sends", async () => {
    const answer = await world.ask("POST", "/auth/session/oidc", undefined, { "x-forwarded-proto": "https" });
    expect(answer.headers["set-cookie"]).toMatch(
      /^nexus_oidc=[\w-]{43}; Path=\/auth\/session\/oidc; Expires=.*; HttpOnly; Secure; SameSite=Strict$/,
    );
    const cross = await new OidcBrowser(world).post("/auth/session/oidc", undefined, {
      "sec-fetch-site": "cross-site",
    });
    expect(cross).toMatchObject({ status: 403, body: { code: "cross_site" } });
  });

  it("makes one account of one person who comes in twice at once", async () => {
    await provider.know({ twin: verified() });
    const browsers = [new OidcBrowser(world), new OidcBrowser(world), new OidcBrowser(world)];
    const queries = await Promise.all(
      browsers.map(async (browser) => (await provider.logIn(await browser.begin(), "twin")).search),
    );
    const answers = await Promise.all(browsers.map((browser, index) => browser.answer(queries[index] ?? "")));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(answers.map(({ body }) => (body.user as { id: string }).id)).size).toBe(1);
  });

  it("lets in only those who have an account where none are made, and says nothing else about addresses", async () => {
    const member = new Browser(world);
    await member.signUp();
    await setVerified(member.email);
    await provider.know({ stranger: verified(), member: verified(member.email) });
    await withSettings({ OIDC_CREATE_ACCOUNTS: "false" }, async () => {
      const refused = await new OidcBrowser(world).signIn(provider, "stranger");
      expect(refused).toMatchObject({ status: 403, body: { code: "oidc_no_account" } });
      await signedIn("member");
    });
  });

  it("works without passwords, which are then refused everywhere", async () => {
    await provider.know({ without: verified() });
    await withSettings({ PASSWORD_SIGN_IN: "false" }, async () => {
      const session = await signedIn("without");
      const person = { email: newEmail(), password: "correct horse battery" };
      const off = { status: 403, body: { code: "passwords_off" } };
      for (const path of ["/auth/login", "/auth/signup"])
        expect(await world.ask("POST", path, person)).toMatchObject(off);
      for (const path of ["/auth/session", "/auth/session/signup"])
        expect(await session.post(path, person)).toMatchObject(off);
      expect(await world.ask("POST", "/auth/password/forget", { email: person.email })).toMatchObject(off);
      const reset = { token: "t", password: person.password };
      expect(await world.ask("POST", "/auth/password/reset", reset)).toMatchObject(off);
      const change = { password: "a", newPassword: person.password };
      const authorization = `Bearer ${session.accessToken}`;
      expect(await world.ask("PUT", "/account/password", change, { authorization })).toMatchObject(off);
    });
  });
});

describe("an account that exists", () => {
  it("is connected when both sides have proven the address", async () => {
    const browser = new Browser(world);
    const { body } = await browser.signUp();
    await setVerified(browser.email);
    await provider.know({ both: verified(browser.email) });
    const me = await (await signedIn("both")).get("/account/me");
    expect(me.body.id).toBe((body.user as { id: string }).id);
  });

  it("is not taken over by an address that the provider did not verify, whether or not such addresses may make accounts", async () => {
    const browser = new Browser(world);
    await browser.signUp();
    await setVerified(browser.email);
    await provider.know({ thief: { email: browser.email, email_verified: false }, silent: { email: browser.email } });
    const refused = { status: 403, body: { code: "oidc_email_unusable" } };
    for (const subject of ["thief", "silent"]) {
      expect(await new OidcBrowser(world).signIn(provider, subject)).toMatchObject(refused);
      await withSettings({ OIDC_VERIFIED_EMAIL: "false" }, async () => {
        expect(await new OidcBrowser(world).signIn(provider, subject)).toMatchObject(refused);
      });
    }
  });

  it("is not given to the owner of an address whom somebody else signed up, until they are signed in to it", async () => {
    const browser = new Browser(world);
    const { body } = await browser.signUp();
    await provider.know({ later: verified(browser.email) });
    const refused = { status: 409, body: { code: "oidc_connect_first" } };
    expect(await new OidcBrowser(world).signIn(provider, "later")).toMatchObject(refused);
    const connecting = new OidcBrowser(world);
    await connecting.post("/auth/session", { email: browser.email, password: "correct horse battery" });
    expect(await connecting.signIn(provider, "later")).toMatchObject({ status: 200, body: { user: body.user } });
    await signedIn("later");
  });

  it("does not go to the next owner of a mailbox", async () => {
    const email = newEmail();
    await provider.know({ before: verified(email), after: verified(email) });
    await signedIn("before");
    const refused = { status: 409, body: { code: "oidc_connect_first" } };
    expect(await new OidcBrowser(world).signIn(provider, "after")).toMatchObject(refused);
  });

  it("is not the one of an address that only looks the same", async () => {
    const browser = new Browser(world, "kim@example.com");
    await browser.signUp();
    await setVerified(browser.email);
    const likes = [
      "\u212aim@example.com",
      "ｋim@example.com",
      "kim@example.com\u200b",
      "\u202ekim@example.com",
      "kim",
      7,
    ];
    await provider.know(
      Object.fromEntries(likes.map((email, index) => [`like-${index}`, { email, email_verified: true }])),
    );
    for (const index of likes.keys()) {
      const refused = await new OidcBrowser(world).signIn(provider, `like-${index}`);
      expect(refused).toMatchObject({ status: 403, body: { code: "oidc_email_unusable" } });
    }
  });

  it("takes nothing from a name with marks that cannot be seen", async () => {
    const email = newEmail();
    await provider.know({ odd: { ...verified(email), name: "\u202eada\u200b\u2066", groups: ["\u202e"] } });
    const me = await (await signedIn("odd")).get("/account/me");
    expect(JSON.stringify(me.body)).not.toMatch(/\p{Cf}/u);
  });

  it("has no password that anybody could guess", async () => {
    const email = newEmail();
    await provider.know({ fresh: verified(email) });
    const session = await signedIn("fresh");
    const authorization = `Bearer ${session.accessToken}`;
    const change = { password: "", newPassword: "another horse battery" };
    const changed = await world.ask("PUT", "/account/password", change, { authorization });
    expect(changed).toMatchObject({ status: 401, body: { code: "credentials_invalid" } });
    expect(await world.ask("POST", "/auth/login", { email, password: "" })).toMatchObject({ status: 401 });
  });
});

describe("groups", () => {
  let owner: Browser;
  let tenantId: string;
  const groups = () => ({
    OIDC_GROUPS: JSON.stringify({
      viewers: { tenant: tenantId, role: "viewer" },
      "/platform/admins": { tenant: tenantId, role: "admin" },
      owners: { tenant: tenantId, role: "owner" },
      gone: { tenant: randomUUID(), role: "owner" },
    }),
  });

  beforeAll(async () => {
    owner = new Browser(world);
    const { body } = await owner.signUp();
    tenantId = (body.user as { tenantId: string }).tenantId;
  });

  /** What somebody is in the tenant after a sign-in; undefined for no member. */
  async function roleWith(subject: string, claims: object, settings: Record<string, string> = {}): Promise<unknown> {
    let found: unknown;
    await withSettings({ ...groups(), ...settings }, async () => {
      await provider.know({ [subject]: { ...verified(`${subject}@example.com`), ...claims } });
      const browser = await signedIn(subject);
      const { body } = await browser.get("/account/tenants");
      found = (body.items as { id: string; role: string }[]).find(({ id }) => id === tenantId)?.role;
    });
    return found;
  }

  it("raise and lower a role at each sign-in, and end the membership that they made; the audit trail says so", async () => {
    expect(await roleWith("grace", { groups: ["viewers", "unknown", "__proto__", "gone"] })).toBe("viewer");
    expect(await roleWith("grace", { groups: ["viewers", "/platform/admins"] })).toBe("admin");
    expect(await roleWith("grace", { groups: ["viewers"] })).toBe("viewer");
    expect(await roleWith("grace", { groups: [] })).toBeUndefined();
    expect(await roleWith("grace", { groups: ["/platform/admins"] })).toBe("admin");
    expect(await roleWith("grace", {})).toBeUndefined();
    const found = (await acts(tenantId)).filter(({ target }) => target.cause === "group");
    expect(found.map(({ act, target }) => [act, target.role])).toEqual([
      ["member.joined", "viewer"],
      ["role.changed", "admin"],
      ["role.changed", "viewer"],
      ["member.removed", undefined],
      ["member.joined", "admin"],
      ["member.removed", undefined],
    ]);
  });

  it("leave a membership alone that people made", async () => {
    const token = (await owner.ask("POST", `/account/tenants/${tenantId}/invitations`, { role: "viewer" })).body.token;
    const guest = new Browser(world, "guest@example.com");
    await guest.signUp({ invitation: token });
    await setVerified(guest.email);
    expect(await roleWith("guest", { groups: ["/platform/admins"] })).toBe("viewer");
    expect(await roleWith("guest", { groups: [] })).toBe("viewer");
  });

  it("keep the last owner, who gets in all the same", async () => {
    expect(await roleWith("boss", { groups: ["owners"] })).toBe("owner");
    const { body } = await owner.renew();
    const { status } = await owner.ask(
      "DELETE",
      `/account/tenants/${tenantId}/members/${(body.user as { id: string }).id}`,
    );
    expect(status).toBe(204);
    expect(await roleWith("boss", { groups: ["viewers"] })).toBe("owner");
    expect(await roleWith("boss", { groups: [] })).toBe("owner");
    expect((await acts(tenantId)).slice(-2)).toMatchObject([
      { act: "membership.kept", outcome: "failed", target: { reason: "last_owner", role: "viewer" } },
      { act: "membership.kept", outcome: "failed", target: { reason: "last_owner", role: null } },
    ]);
  });

  it.each([
    ["one text", { groups: "viewers" }, {}, "viewer"],
    ["a path", { realm_access: { roles: ["viewers"] } }, { OIDC_GROUPS_CLAIM: "realm_access.roles" }, "viewer"],
    [
      "10,000 entries",
      { groups: [...Array.from({ length: 10_000 }, (_, at) => `group-${at}`), "viewers"] },
      {},
      "viewer",
    ],
    ["a text with several names, which is one group", { groups: "viewers,owners" }, {}, undefined],
  ])("are read as %s", async (_form, claims, settings, role) => {
    expect(await roleWith(`form-${randomUUID()}`, claims, settings)).toBe(role);
  });

  it.each([
    ["an object", { groups: { viewers: true } }],
    ["nested lists", { groups: [["owners"]] }],
    ["numbers", { groups: [1] }],
  ])("that cannot be read (%s) are an error that ends no membership", async (_form, claims) => {
    const subject = `odd-${randomUUID()}`;
    expect(await roleWith(subject, { groups: ["viewers"] })).toBe("viewer");
    await withSettings(groups(), async () => {
      await provider.know({ [subject]: { ...verified(`${subject}@example.com`), ...claims } });
      const refused = await new OidcBrowser(world).signIn(provider, subject);
      expect(refused).toMatchObject({
        status: 401,
        body: { code: "oidc_refused", detail: expect.stringMatching(/groups/) },
      });
    });
    expect(await roleWith(subject, { groups: ["viewers"] })).toBe("viewer");
  });

  it("bring nobody into a tenant whose plan has no room, and keep nobody out of their account", async () => {
    const plan = { selfService: false, workspaces: null, executionSecondsPerDay: null, storageMb: null };
    const small = { ...plan, members: 1, apiKeys: null, aiTokensPerDay: null };
    const PLANS = JSON.stringify({ default: "small", definitions: { small } });
    expect(await roleWith(`late-${randomUUID()}`, { groups: ["viewers"] }, { PLANS })).toBeUndefined();
  });
});

describe("a provider with faults", () => {
  it("that is away is a clear error, and nothing else suffers", async () => {
    await withSettings({}, async () => {
      await provider.stop();
      try {
        const away = await new OidcBrowser(world).post("/auth/session/oidc");
        expect(away).toMatchObject({
          status: 503,
          body: { code: "oidc_unavailable" },
          headers: { "retry-after": "10" },
        });
        expect((await world.ask("GET", "/ready")).status).toBe(200);
        expect((await new Browser(world).signUp()).status).toBe(201);
      } finally {
        await provider.restart();
      }
    });
  });

  it("that comes back with another key is trusted again, after ten seconds at most", async () => {
    await withSettings({}, async () => {
      await provider.know({ keys: verified() });
      await signedIn("keys");
      await provider.restart();
      await provider.know({ keys: verified() });
      const soon = await new OidcBrowser(world).signIn(provider, "keys");
      expect(soon).toMatchObject({ status: 503, body: { code: "oidc_unavailable" }, headers: { "retry-after": "10" } });
      const now = Date.now();
      const later = jest.spyOn(Date, "now").mockReturnValue(now + 11_000);
      try {
        await new OidcBrowser(world).signIn(provider, "keys");
        await signedIn("keys");
      } finally {
        later.mockRestore();
      }
    });
  });
});
