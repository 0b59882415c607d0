import type { TestOidcProvider } from "@nexus/testkit/oidc-provider";
import { type BackendWorld, Browser, newEmail, PASSWORD } from "./backend-world";
import { Mailbox } from "./mailbox";
import { OidcBrowser } from "./oidc-browser";
import { OidcWorld, STUDIO, verified } from "./oidc-world";

const oidc = new OidcWorld();
let provider: TestOidcProvider;
let world: BackendWorld;
beforeAll(() => ({ provider, world } = oidc));

describe("signing in with an identity provider", () => {
  it("is offered by the name that the configuration has", async () => {
    const { body } = await world.ask("GET", "/auth/ways");
    expect(body).toEqual({ passwords: true, oidc: { name: "Example SSO" } });
  });

  it("makes an account at the first sign-in, and finds it again by its subject when the address has changed", async () => {
    const email = newEmail();
    await provider.know({ ada: verified(email.toUpperCase()) });
    const first = await oidc.signedIn("ada");
    const me = await first.get("/account/me");
    expect(me.body).toMatchObject({ email, role: "owner", tenantName: email.split("@")[0] });
    await provider.know({ ada: verified() });
    const second = await oidc.signedIn("ada");
    expect((await second.get("/account/me")).body).toMatchObject({ id: me.body.id, email });
    expect((await oidc.acts("platform")).filter(({ target }) => target.userId === me.body.id)).toMatchObject([
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
    await oidc.setVerified(member.email);
    await provider.know({ stranger: verified(), member: verified(member.email) });
    await oidc.withSettings({ OIDC_CREATE_ACCOUNTS: "false" }, async () => {
      const refused = await new OidcBrowser(world).signIn(provider, "stranger");
      expect(refused).toMatchObject({ status: 403, body: { code: "oidc_no_account" } });
      await oidc.signedIn("member");
    });
  });

  it("works without passwords, which are then refused everywhere", async () => {
    await provider.know({ without: verified() });
    await oidc.withSettings({ LOCAL_SIGN_IN: "false" }, async () => {
      const session = await oidc.signedIn("without");
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
    await oidc.setVerified(browser.email);
    await provider.know({ both: verified(browser.email) });
    const me = await (await oidc.signedIn("both")).get("/account/me");
    expect(me.body.id).toBe((body.user as { id: string }).id);
  });

  it("is not taken over by an address that the provider did not verify, whether or not such addresses may make accounts", async () => {
    const browser = new Browser(world);
    await browser.signUp();
    await oidc.setVerified(browser.email);
    await provider.know({ thief: { email: browser.email, email_verified: false }, silent: { email: browser.email } });
    const refused = { status: 403, body: { code: "oidc_email_unusable" } };
    for (const subject of ["thief", "silent"]) {
      expect(await new OidcBrowser(world).signIn(provider, subject)).toMatchObject(refused);
      await oidc.withSettings({ OIDC_VERIFIED_EMAIL: "false" }, async () => {
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
    await oidc.signedIn("later");
  });

  it("is not left for another one by whoever is signed in to it, be that one new or there already", async () => {
    const email = newEmail();
    await provider.know({ there: verified(email), nobody: verified() });
    await oidc.signedIn("there");
    const browser = new OidcBrowser(world);
    await new Browser(world, "stays@example.com").signUp();
    await browser.post("/auth/session", { email: "stays@example.com", password: PASSWORD });
    const refused = { status: 409, body: { code: "oidc_other_account" } };
    for (const subject of ["there", "nobody"]) expect(await browser.signIn(provider, subject)).toMatchObject(refused);
    await oidc.withSettings({ OIDC_CREATE_ACCOUNTS: "false" }, async () => {
      expect(await new OidcBrowser(world).signIn(provider, "nobody")).toMatchObject({
        body: { code: "oidc_no_account" },
      });
    });
  });

  it("does not go to the next owner of a mailbox", async () => {
    const email = newEmail();
    await provider.know({ before: verified(email), after: verified(email) });
    await oidc.signedIn("before");
    const refused = { status: 409, body: { code: "oidc_connect_first" } };
    expect(await new OidcBrowser(world).signIn(provider, "after")).toMatchObject(refused);
  });

  it("is not the one of an address that only looks the same", async () => {
    const browser = new Browser(world, "kim@example.com");
    await browser.signUp();
    await oidc.setVerified(browser.email);
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
    const me = await (await oidc.signedIn("odd")).get("/account/me");
    expect(JSON.stringify(me.body)).not.toMatch(/\p{Cf}/u);
  });

  it("gets a first password by mail, which the audit trail says, and both ways lead to it", async () => {
    const mailbox = new Mailbox();
    const email = newEmail();
    await provider.know({ bare: verified(email) });
    await oidc.withSettings(await mailbox.start(), async () => {
      const me = await (await oidc.signedIn("bare")).get("/account/ways");
      expect(me.body).toEqual({ password: false, oidc: true });
      await world.ask("POST", "/auth/password/forget", { email });
      const { token } = await mailbox.link(email, "new-password");
      expect(await world.ask("POST", "/auth/password/reset", { token, password: PASSWORD })).toMatchObject({
        status: 204,
      });
    });
    await mailbox.stop();
    const browser = new Browser(world, email);
    const { body } = await browser.logIn();
    const { id: userId } = body.user as { id: string };
    expect((await (await oidc.signedIn("bare")).get("/account/ways")).body).toEqual({ password: true, oidc: true });
    const own = (await oidc.acts("platform")).filter(({ target }) => target.userId === userId);
    expect(own.map(({ act, outcome }) => [act, outcome])).toEqual([
      ["account.created", "done"],
      ["identity.connected", "done"],
      ["password.reset", "done"],
      ["sessions.ended", "done"],
    ]);
  });

  it("has no password that anybody could guess", async () => {
    const email = newEmail();
    await provider.know({ fresh: verified(email) });
    await oidc.signedIn("fresh");
    expect(await world.ask("POST", "/auth/login", { email, password: "" })).toMatchObject({ status: 401 });
  });
});

describe("a provider with faults", () => {
  it("that is away is a clear error, and nothing else suffers", async () => {
    await oidc.withSettings({}, async () => {
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
    await oidc.withSettings({}, async () => {
      await provider.know({ keys: verified() });
      await oidc.signedIn("keys");
      await provider.restart();
      await provider.know({ keys: verified() });
      const soon = await new OidcBrowser(world).signIn(provider, "keys");
      expect(soon).toMatchObject({ status: 503, body: { code: "oidc_unavailable" }, headers: { "retry-after": "10" } });
      const now = Date.now();
      const later = jest.spyOn(Date, "now").mockReturnValue(now + 11_000);
      try {
        await new OidcBrowser(world).signIn(provider, "keys");
        await oidc.signedIn("keys");
      } finally {
        later.mockRestore();
      }
    });
  });

  it("that signs with another key a minute later costs nobody a sign-in", async () => {
    await oidc.withSettings({}, async () => {
      await provider.know({ rolled: verified() });
      await oidc.signedIn("rolled");
      await provider.restart();
      await provider.know({ rolled: verified() });
      const now = Date.now();
      const later = jest.spyOn(Date, "now").mockImplementation(() => now + 61_000);
      try {
        await oidc.signedIn("rolled");
      } finally {
        later.mockRestore();
      }
    });
  });

  it("that is slow is waited for, and keeps nobody else waiting", async () => {
    await oidc.withSettings({}, async () => {
      await provider.know({ slow: verified() });
      const browser = new OidcBrowser(world);
      const { search } = await provider.logIn(await browser.begin(), "slow");
      const other = new Browser(world);
      expect((await other.signUp()).status).toBe(201);
      const resume = provider.pause();
      const waiting = browser.answer(search);
      expect((await other.ask("GET", "/account/me")).status).toBe(200);
      resume();
      expect(await waiting).toMatchObject({ status: 200 });
    });
  });
});
