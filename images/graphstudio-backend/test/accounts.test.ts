import { createPool, createTokenVerifier, migrate } from "@nexus/service";
import { expectConformance } from "@nexus/testkit/conformance";
import { captureLog } from "@nexus/testkit/log-capture";
import { startPostgres, type TestPostgres } from "@nexus/testkit/postgres";
import { startRedis, type TestRedis } from "@nexus/testkit/redis";
import { waitFor } from "@nexus/testkit/server-process";
import { type Backend, buildBackend } from "../src/backend";
import { type BackendEnv, backendEnv } from "../src/env";
import { studioMigrations } from "../src/store/migrations";

const KEY = "a-signing-key-of-the-backend-tests-123";
const PASSWORD = "correct horse battery";

let postgres: TestPostgres;
let redis: TestRedis;
let backend: Backend;
let env: BackendEnv;
const { log, lines, text } = captureLog("graphstudio-backend");
let count = 0;

const newEmail = () => `person-${(count += 1)}@example.com`;

async function post(path: string, payload: object, address = `10.0.0.${(count += 1)}`) {
  const response = await backend.app.inject({
    method: "POST",
    url: path,
    payload,
    headers: { "x-forwarded-for": address },
  });
  expectConformance(backend.app, "POST", path, response);
  const body = response.body === "" ? {} : (response.json() as Record<string, unknown>);
  return { status: response.statusCode, headers: response.headers, body };
}

async function signUp(email = newEmail()) {
  const { body } = await post("/auth/signup", { email, password: PASSWORD });
  return { email, accessToken: String(body.accessToken), refreshToken: String(body.refreshToken) };
}

async function redisIsUsed(up: 0 | 1): Promise<void> {
  await waitFor(`redis is ${up ? "back" : "away"}`, async () => {
    expect((await backend.app.inject("/health")).json()).toMatchObject({ runtime: { redisUp: up } });
  });
}

beforeAll(async () => {
  redis = await startRedis();
  postgres = await startPostgres();
  const pool = createPool(postgres.settings, log);
  await migrate(pool, studioMigrations, log);
  await pool.end();
  const settings = Object.entries({ ...postgres.settings, ...redis.settings });
  env = backendEnv.parse({
    ...Object.fromEntries(settings.map(([key, value]) => [key, String(value)])),
    JWT_SECRET: KEY,
    LOGIN_ATTEMPTS_PER_MINUTE: "3",
    ACCOUNT_ATTEMPTS_PER_MINUTE: "7",
    ADDRESS_ATTEMPTS_PER_MINUTE: "8",
  });
  backend = await buildBackend({ env, log });
  await redisIsUsed(1);
});

afterAll(async () => {
  await backend?.app.close();
  await backend?.close();
  await Promise.all([postgres?.stop(), redis?.stop()]);
});

test("sign-up gives a tenant of one's own and a token that the kernel accepts", async () => {
  const { status, body, headers } = await post("/auth/signup", { email: " Ada@Example.COM ", password: PASSWORD });
  expect(status).toBe(201);
  expect(headers["cache-control"]).toBe("no-store");
  expect(body).toMatchObject({ expiresIn: 900, user: { email: "ada@example.com", role: "owner" } });
  const user = body.user as Record<string, string>;
  expect(await createTokenVerifier([KEY])(String(body.accessToken))).toEqual({
    userId: user.id,
    tenantId: user.tenantId,
    role: "owner",
    email: "ada@example.com",
  });
  const me = await backend.app.inject({
    url: "/account/me",
    headers: { authorization: `Bearer ${String(body.accessToken)}` },
  });
  expect(me.json()).toEqual({ ...user, tenantName: "ada", tenantSuspended: null, platformAdmin: false });
});

test("one account per email, in whatever case it is written", async () => {
  const { email } = await signUp();
  const again = await post("/auth/signup", { email: email.toUpperCase(), password: PASSWORD });
  expect(again).toMatchObject({ status: 409, body: { code: "email_taken" } });
});

test("neither an address that signs up twice nor a password gets into the log of the database", async () => {
  const email = "logged-nowhere@example.com";
  const answers = await Promise.all([1, 2, 3].map(() => post("/auth/signup", { email, password: PASSWORD })));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  expect((await post("/auth/signup", { email, password: PASSWORD })).status).toBe(409);
  await postgres.query("select 'the end' / 1").catch(() => undefined);
  await waitFor("the log", async () => expect(postgres.log()).toContain("the end"));
  expect(postgres.log()).not.toMatch(/logged-nowhere|correct horse/);
});

test("auth.signUp closed: nobody makes an account, those who have one log in, and whoever asks is told", async () => {
  const { email } = await signUp();
  expect((await backend.app.inject("/auth/signup")).json()).toEqual({ state: "open" });
  const closed = await buildBackend({ env: { ...env, SIGN_UP: "closed" }, log });
  const ask = (method: "GET" | "POST", url: string, payload?: object) => closed.app.inject({ method, url, payload });
  expect((await ask("GET", "/auth/signup")).json()).toEqual({ state: "closed" });
  for (const payload of [{ email: newEmail(), password: PASSWORD }, { email, password: PASSWORD }, {}]) {
    const refused = await ask("POST", "/auth/signup", payload);
    expect(refused.statusCode).toBe(403);
    expect(refused.json()).toMatchObject({
      code: "sign_up_closed",
      detail: "Nobody can sign up here; ask whoever runs this platform for an account",
    });
  }
  expect((await ask("POST", "/auth/login", { email, password: PASSWORD })).statusCode).toBe(200);
  await closed.app.close();
  await closed.close();
});

test("requests of one address are counted before anything of them is read", async () => {
  for (const path of ["/auth/signup", "/auth/login"]) {
    const address = `10.8.0.${(count += 1)}`;
    const codes: unknown[] = [];
    for (let attempt = 0; attempt < 9; attempt += 1) codes.push((await post(path, { email: 1 }, address)).body.code);
    expect(codes).toEqual([...Array<string>(8).fill("validation_failed"), "rate_limited"]);
  }
});

test("log-in takes the right password only, and says the same for an unknown account", async () => {
  const { email } = await signUp();
  expect(await post("/auth/login", { email, password: PASSWORD })).toMatchObject({
    status: 200,
    body: { user: { email } },
  });
  const wrong = await post("/auth/login", { email, password: "not the password" });
  const unknown = await post("/auth/login", { email: "nobody@example.com", password: "not the password" });
  expect(wrong).toMatchObject({ status: 401, body: { code: "credentials_invalid" } });
  expect(unknown.body).toEqual(wrong.body);
});

test.each([
  [{ email: "a@example.com", password: "short" }, "password"],
  [{ email: "a@example.com", password: "x".repeat(257) }, "password"],
  [{ email: "not an email", password: PASSWORD }, "email"],
  [{ email: "a@example.com", password: PASSWORD, tenantName: "a\u0000" }, "tenantName"],
])("bad sign-up input names the field: %j", async (payload, field) => {
  const { status, body } = await post("/auth/signup", payload);
  expect({ status, code: body.code }).toEqual({ status: 400, code: "validation_failed" });
  expect(body.errors).toEqual([expect.objectContaining({ field })]);
});

test("a password that is tried first is refused at sign-up, with the field and what to do", async () => {
  const { status, body } = await post("/auth/signup", { email: "a@example.com", password: "aaaaaaaaaaaa" });
  expect({ status, code: body.code }).toEqual({ status: 422, code: "password_guessable" });
  expect(body.errors).toEqual([{ field: "password", message: "choose a password that is harder to guess" }]);
});

test("a reload that cut the answer refreshes again; a token that was used long ago ends the session", async () => {
  const first = (await signUp()).refreshToken;
  const second = String((await post("/auth/refresh", { refreshToken: first })).body.refreshToken);
  expect(second).not.toBe(first);
  expect(await post("/auth/refresh", { refreshToken: first })).toMatchObject({
    status: 200,
    body: { refreshToken: second, user: { role: "owner" } },
  });
  await postgres.query("update studio.refresh_tokens set used_at = used_at - interval '31 seconds'");
  expect(await post("/auth/refresh", { refreshToken: first })).toMatchObject({
    status: 401,
    body: { code: "refresh_invalid" },
  });
  expect((await post("/auth/refresh", { refreshToken: second })).status).toBe(401);
});

test("refreshes with one token at once end no session: each gets tokens that work", async () => {
  const { refreshToken } = await signUp();
  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => post("/auth/refresh", { refreshToken })));
  for (const { status, body } of answers) {
    expect(status).toBe(200);
    const authorization = `Bearer ${String(body.accessToken)}`;
    expect((await backend.app.inject({ url: "/account/me", headers: { authorization } })).statusCode).toBe(200);
    expect((await post("/auth/refresh", { refreshToken: body.refreshToken })).status).toBe(200);
  }
});

test("log-out ends the session, also for a token that was used a moment ago", async () => {
  const { refreshToken } = await signUp();
  const { body } = await post("/auth/refresh", { refreshToken });
  expect((await post("/auth/logout", { refreshToken: body.refreshToken })).status).toBe(204);
  expect((await post("/auth/refresh", { refreshToken: body.refreshToken })).status).toBe(401);
  expect((await post("/auth/refresh", { refreshToken })).status).toBe(401);
});

test("the database holds neither passwords nor tokens, the log neither", async () => {
  const { refreshToken, accessToken } = await signUp();
  const rows = JSON.stringify([
    await postgres.query("select * from studio.users"),
    await postgres.query("select encode(token_hash, 'escape') as hash, * from studio.refresh_tokens"),
  ]);
  expect(rows).toContain("$argon2id$v=19$m=19456,t=2,p=1$");
  for (const secret of [PASSWORD, refreshToken, accessToken]) {
    expect(rows).not.toContain(secret);
    expect(text()).not.toContain(secret);
  }
});

test("guesses are limited per address and account, with Retry-After, and counted in Redis", async () => {
  const { email } = await signUp();
  const guess = (address: string) => post("/auth/login", { email, password: "not the password" }, address);
  for (let attempt = 0; attempt < 3; attempt += 1) expect((await guess("10.9.0.1")).status).toBe(401);
  const limited = await guess("10.9.0.1");
  expect(limited).toMatchObject({ status: 429, body: { code: "rate_limited" } });
  expect(Number(limited.headers["retry-after"])).toBeGreaterThan(0);
  expect((await guess("10.9.0.2")).status).toBe(401);
});

test("wrong passwords lock out the address that guesses, not the owner of the account", async () => {
  const { email } = await signUp();
  const guess = (address: string) => post("/auth/login", { email, password: "not the password" }, address);
  for (let attempt = 0; attempt < 8; attempt += 1) await guess("10.9.1.1");
  expect((await guess("10.9.1.1")).status).toBe(429);
  expect((await post("/auth/login", { email, password: PASSWORD }, "10.9.1.2")).status).toBe(200);
});

test("an account is limited over all addresses too, but not for one that its owner logged in from", async () => {
  const { email } = await signUp();
  const logIn = (address: string, password = "not the password") =>
    post("/auth/login", { email, password }, address).then(({ status }) => status);
  expect(await logIn("10.9.2.0", PASSWORD)).toBe(200);
  const guesses: number[] = [];
  for (let attempt = 0; attempt < 8; attempt += 1) guesses.push(await logIn(`10.9.2.${1 + attempt}`));
  expect(guesses).toEqual([...Array<number>(7).fill(401), 429]);
  expect(await logIn("10.9.2.99", PASSWORD)).toBe(429);
  expect(await logIn("10.9.2.0", PASSWORD)).toBe(200);
});

test("behind two proxies the address is the one that the first of them saw", async () => {
  const { email } = await signUp();
  const guess = (from: string) => post("/auth/login", { email, password: "not the password" }, `${from}, 10.1.1.1`);
  const direct: number[] = [];
  for (let attempt = 0; attempt < 4; attempt += 1) direct.push((await guess(`10.9.3.${attempt}`)).status);
  expect(direct.at(-1)).toBe(429);
  const behind = await buildBackend({ env: { ...env, TRUSTED_PROXIES: 2 }, log });
  const other = await behind.app.inject({
    method: "POST",
    url: "/auth/login",
    payload: { email, password: PASSWORD },
    headers: { "x-forwarded-for": "10.9.3.50, 10.1.1.1" },
  });
  expect(other.statusCode).toBe(200);
  await behind.app.close();
  await behind.close();
});

test("Redis away costs nothing but the shared count: log-in works and guesses stay limited", async () => {
  const { email } = await signUp();
  await redis.halt();
  await redisIsUsed(0);
  expect((await post("/auth/login", { email, password: PASSWORD })).status).toBe(200);
  const guess = () => post("/auth/login", { email, password: "not the password" }, "10.9.0.3");
  const statuses: number[] = [];
  for (let attempt = 0; attempt < 4; attempt += 1) statuses.push((await guess()).status);
  expect(statuses).toEqual([401, 401, 401, 429]);
  expect((await backend.app.inject("/ready")).statusCode).toBe(200);
  await redis.resume();
  await redisIsUsed(1);
  expect(lines.filter(({ message }) => String(message).startsWith("redis cannot be reached"))).toHaveLength(1);
});

test("PostgreSQL away answers 503 with a code, and comes back by itself", async () => {
  const { email } = await signUp();
  await postgres.halt();
  const away = await post("/auth/login", { email, password: PASSWORD });
  expect(away).toMatchObject({ status: 503, body: { code: "database_unavailable" }, headers: { "retry-after": "2" } });
  await postgres.resume();
  expect((await post("/auth/login", { email, password: PASSWORD })).status).toBe(200);
});
