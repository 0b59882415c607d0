import { createTokenVerifier } from "@nexus/service";
import { startPostgres, type TestPostgres } from "@nexus/testkit/postgres";
import { BackendWorld, Browser, KEY, PASSWORD } from "./backend-world";

let world: BackendWorld<TestPostgres>;

beforeAll(async () => {
  world = await BackendWorld.startOn(startPostgres);
}, 30_000);
afterAll(() => world?.stop());

const cookieOf = ({ headers }: { headers: Readonly<Record<string, unknown>> }) => String(headers["set-cookie"]);

test("sign-up and log-in of a browser give access, and keep the session in a cookie that no script can read", async () => {
  const ada = new Browser(world);
  const signedUp = await ada.signUp({ tenantName: "Engines" });
  expect(signedUp).toMatchObject({ status: 201, body: { expiresIn: 900, user: { email: ada.email, role: "owner" } } });
  expect(signedUp.body).not.toHaveProperty("refreshToken");
  const again = await new Browser(world, ada.email).logIn();
  expect(again.status).toBe(200);
  for (const answer of [signedUp, again]) {
    expect(cookieOf(answer)).toMatch(
      /^nexus_session=\w{32}; Path=\/auth\/session; Expires=.*; HttpOnly; SameSite=Strict$/,
    );
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(await createTokenVerifier([KEY])(String(answer.body.accessToken))).toMatchObject({ email: ada.email });
  }
  expect((await ada.ask("GET", "/account/me")).body).toMatchObject({ tenantName: "Engines" });
});

test("behind TLS the cookie is Secure", async () => {
  const ada = new Browser(world);
  const answer = await ada.session(
    "POST",
    "/signup",
    { email: ada.email, password: PASSWORD },
    {
      "x-forwarded-proto": "https",
      "x-forwarded-for": "10.0.0.1",
    },
  );
  expect(cookieOf(answer)).toContain("; Secure");
});

test("all tabs share the session: each renews with the cookie, and a log-out ends it for all", async () => {
  const tab = new Browser(world);
  await tab.signUp();
  const other = new Browser(world, tab.email);
  other.cookie = tab.cookie;
  expect(await Promise.all([tab.renew(), other.renew()])).toMatchObject([{ status: 200 }, { status: 200 }]);
  const out = await tab.logOut();
  expect(out.status).toBe(204);
  expect(cookieOf(out)).toMatch(/^nexus_session=; .*Expires=Thu, 01 Jan 1970/);
  expect(await other.renew()).toMatchObject({ status: 401, body: { code: "session_invalid" } });
  expect((await other.logOut()).status).toBe(204);
});

test.each([
  undefined,
  "nexus_session=",
  "nexus_session=nonsense",
  `nexus_session=${"a".repeat(32)}`,
  "nexus_session=a.b",
])("without a session there is no token: %s", async (cookie) => {
  const nobody = new Browser(world);
  nobody.cookie = cookie;
  expect(await nobody.renew()).toMatchObject({ status: 401, body: { code: "session_invalid" } });
});

test.each([
  ["a page of another site", { "sec-fetch-site": "cross-site" }],
  ["a page of a neighbour's subdomain", { "sec-fetch-site": "same-site" }],
  ["an address that somebody opened", { "sec-fetch-site": "none" }],
])("%s cannot use the cookie, log anybody in or out, or sign up", async (_what, headers) => {
  const ada = new Browser(world);
  await ada.signUp();
  const credentials = { email: ada.email, password: PASSWORD };
  for (const answer of [
    await ada.session("POST", "/token", {}, headers),
    await ada.session("POST", "", credentials, headers),
    await ada.session("POST", "/signup", credentials, headers),
    await ada.session("DELETE", "", undefined, headers),
  ])
    expect(answer).toMatchObject({ status: 403, body: { code: "cross_site" } });
  expect((await ada.renew()).status).toBe(200);
});

test("a browser that says no more than its origin is held to that", async () => {
  const ada = new Browser(world);
  await ada.signUp();
  const from = (origin: string) =>
    world.ask("POST", "/auth/session/token", {}, { cookie: ada.cookie ?? "", host: "studio.example.com", origin });
  expect((await from("https://studio.example.com")).status).toBe(200);
  for (const origin of [
    "https://example.com",
    "https://studio.example.com.evil.org",
    "null",
    "https://studio.example.com:1",
  ])
    expect(await from(origin)).toMatchObject({ status: 403, body: { code: "cross_site" } });
});

test("a form of another site is not read, whatever it says of itself", async () => {
  const answer = await world.ask("POST", "/auth/session/token", undefined, { "content-type": "text/plain" });
  expect(answer.status).toBe(415);
});

test("the APIs do not take the cookie", async () => {
  const ada = new Browser(world);
  await ada.signUp();
  expect((await world.ask("GET", "/account/me", undefined, { cookie: ada.cookie ?? "" })).status).toBe(401);
});

test("a wrong password and an unknown address get the same answer, and no cookie", async () => {
  const ada = new Browser(world);
  await ada.signUp();
  const wrong = await new Browser(world, ada.email).logIn("not the password");
  const unknown = await new Browser(world).logIn("not the password");
  expect(wrong).toMatchObject({ status: 401, body: { code: "credentials_invalid" } });
  expect(unknown.body).toEqual(wrong.body);
  expect(wrong.headers).not.toHaveProperty("set-cookie");
});

test("guesses at the browser's log-in are limited like all others", async () => {
  const ada = new Browser(world);
  await ada.signUp();
  const statuses: number[] = [];
  for (let attempt = 0; attempt < 12; attempt += 1) statuses.push((await ada.logIn("not the password")).status);
  expect(statuses).toEqual([...Array<number>(10).fill(401), 429, 429]);
});

test("the database and the log hold no session token", async () => {
  const ada = new Browser(world);
  await ada.signUp();
  await ada.renew();
  const token = ada.cookie?.split("=")[1] ?? "";
  const rows = await world.postgres.query("select * from studio.browser_sessions");
  expect(rows.length).toBeGreaterThan(0);
  expect(JSON.stringify(rows)).not.toContain(token);
  expect(world.log.text()).not.toContain(token);
  // What the database holds is of no use as a token.
  const hash = String((await world.postgres.query("select token from studio.browser_sessions"))[0]?.token);
  ada.cookie = `nexus_session=${hash}`;
  expect((await ada.renew()).status).toBe(401);
});

test("a session that has run out counts no more, and the next log-in removes it", async () => {
  const ada = new Browser(world);
  const { user } = (await ada.signUp()).body as { user: { id: string } };
  await world.postgres.query(
    `update studio.browser_sessions set expires_at = now() - interval '1 second' where user_id = '${user.id}'`,
  );
  expect((await ada.renew()).status).toBe(401);
  await ada.logIn();
  const rows = await world.postgres.query(`select id from studio.browser_sessions where user_id = '${user.id}'`);
  expect(rows).toHaveLength(1);
});

test("a session that is used lives on", async () => {
  const ada = new Browser(world);
  const { user } = (await ada.signUp()).body as { user: { id: string } };
  const left = async () => {
    const rows = await world.postgres.query(
      `select extract(day from expires_at - now()) as days from studio.browser_sessions where user_id = '${user.id}'`,
    );
    return Number(rows[0]?.days);
  };
  await world.postgres.query(
    `update studio.browser_sessions set expires_at = now() + interval '2 days' where user_id = '${user.id}'`,
  );
  expect((await ada.renew()).status).toBe(200);
  expect(await left()).toBeGreaterThanOrEqual(29);
});

test("PostgreSQL away answers 503 and ends no session", async () => {
  const ada = new Browser(world);
  await ada.signUp();
  await world.postgres.halt();
  for (const answer of [await ada.renew(), await ada.logIn()])
    expect(answer).toMatchObject({ status: 503, body: { code: "database_unavailable" } });
  await world.postgres.resume();
  expect((await ada.renew()).status).toBe(200);
});
