import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { authSettings } from "@nexus/contract";
import { checkAuth, createApp, createAuthentication, createRegistry, envSchema, requirePrincipal } from "../src";
import { captureLog } from "@nexus/testkit/log-capture";
import { freePort } from "@nexus/testkit/server-process";
import { createTokenSigner } from "@nexus/testkit/tokens";

const ISSUER = "https://login.example.com/";
const AUDIENCE = "nexus-api";
const KEYS = ["k".repeat(32), "p".repeat(32)];
const TENANT = "8b0c3a2e-1111-4222-8333-444455557777";
const USER = "8b0c3a2e-1111-4222-8333-444455556666";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
}

const makeKey = async (kid: string, alg = "RS256"): Promise<SigningKey> => ({
  kid,
  alg,
  ...(await generateKeyPair(alg, { extractable: true })),
});

let [rsa, ec, other]: SigningKey[] = [];
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  [rsa, ec, other] = await Promise.all([makeKey("rsa-1"), makeKey("ec-1", "ES256"), makeKey("rsa-2")]);
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function key(given: SigningKey | undefined): SigningKey {
  if (!given) throw new Error("the keys are not made yet");
  return given;
}

/** An issuer's key set; its content and behaviour may change while it runs. */
async function startIssuer(keys: readonly SigningKey[], port = 0) {
  const issuer = { keys, status: 200, silent: false, fetches: 0, withKid: true };
  const keySet = async () => {
    const jwks = issuer.keys.map(async ({ kid, alg, publicKey }) => ({
      ...(await exportJWK(publicKey)),
      ...(issuer.withKid ? { kid } : {}),
      alg,
      use: "sig",
    }));
    return JSON.stringify({ keys: await Promise.all(jwks) });
  };
  const server = createServer((_request, response) => {
    issuer.fetches += 1;
    if (issuer.silent) return;
    response.writeHead(issuer.status, { "content-type": "application/json" });
    void keySet().then((text) => response.end(text));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  closers.push(close);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
  return Object.assign(issuer, { url, close });
}

function token(signer: SigningKey | undefined, claims: JWTPayload = {}, kid = true): Promise<string> {
  const { privateKey, alg, kid: name } = key(signer);
  const now = Math.floor(Date.now() / 1000);
  const payload = { iss: ISSUER, aud: AUDIENCE, sub: USER, tenantId: TENANT, exp: now + 60, ...claims };
  return new SignJWT(payload).setProtectedHeader({ alg, ...(kid ? { kid: name } : {}) }).sign(privateKey);
}

async function service(env: Record<string, string>, jwks: Parameters<typeof createAuthentication>[2] = {}) {
  const { log, lines } = captureLog("demo");
  const settings = envSchema(authSettings).superRefine(checkAuth).parse(env);
  const { authenticate, mode } = createAuthentication(settings, log, jwks);
  const registry = createRegistry("demo");
  const modes = { auth: mode };
  const app = await createApp({ service: "demo", version: "1.2.3", log, registry, readiness: {}, modes });
  app.get("/me", { preHandler: authenticate }, async (request) => requirePrincipal(request));
  const call = async (bearer?: string) => {
    const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
    const response = await app.inject({ url: "/me", headers });
    return { status: response.statusCode, headers: response.headers, body: response.json<Record<string, unknown>>() };
  };
  return { app, call, lines };
}

const trusting = (url: string, more: Record<string, string> = {}) => ({
  AUTH_ISSUER: ISSUER,
  AUTH_JWKS_URL: url,
  AUTH_AUDIENCE: AUDIENCE,
  JWT_SECRET_KEY: KEYS[0] ?? "",
  JWT_SECRET_KEY_PREVIOUS: KEYS[1] ?? "",
  ...more,
});

test.each([
  ["RS256", () => rsa],
  ["ES256", () => ec],
])("X6: a token that the issuer signed with %s is accepted", async (_alg, signer) => {
  const issuer = await startIssuer([key(rsa), key(ec)]);
  const { call } = await service(trusting(issuer.url));
  const answer = await call(await token(signer(), { role: "owner", email: "ada@example.com" }));
  expect(answer.body).toEqual({ userId: USER, tenantId: TENANT, role: "owner", email: "ada@example.com" });
});

test("our own tokens, of both keys, are accepted beside the issuer's and need no key set", async () => {
  const issuer = await startIssuer([key(rsa)]);
  await issuer.close();
  const { call } = await service(trusting(issuer.url));
  const principal = { userId: USER, tenantId: TENANT, role: "member" as const, email: "" };
  for (const secret of KEYS) expect((await call(createTokenSigner(secret, 60)(principal))).body).toEqual(principal);
});

test("a token that is not completely valid is refused", async () => {
  const issuer = await startIssuer([key(rsa)]);
  const { call } = await service(trusting(issuer.url));
  const now = Math.floor(Date.now() / 1000);
  const asSecret = new TextEncoder().encode(await exportSPKI(key(rsa).publicKey));
  const claims = { iss: ISSUER, aud: AUDIENCE, sub: USER, exp: now + 60 };
  const refused = {
    "another issuer": await token(rsa, { iss: "https://evil.example.com/" }),
    "another audience": await token(rsa, { aud: "billing" }),
    "ended beyond the leeway": await token(rsa, { exp: now - 30 }),
    "not valid yet": await token(rsa, { nbf: now + 60 }),
    "no end": await token(rsa, { exp: undefined }),
    "no subject": await token(rsa, { sub: undefined }),
    "an unknown key": await token(other),
    "another key under a known name": await token({ ...key(other), kid: "rsa-1" }),
    "an algorithm that is not pinned": await token({ ...(await makeKey("rsa-1", "PS256")) }),
    unsigned: new UnsecuredJWT(claims).encode(),
    "the public key as a shared secret": await new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256", kid: "rsa-1" })
      .sign(asSecret),
    "no token": "a.b.c",
  };
  for (const [what, bearer] of Object.entries(refused))
    expect([what, (await call(bearer)).status]).toEqual([what, 401]);
  expect((await call()).status).toBe(401);
});

test("clocks may differ by seconds", async () => {
  const issuer = await startIssuer([key(rsa)]);
  const { call } = await service(trusting(issuer.url));
  const now = Math.floor(Date.now() / 1000);
  expect((await call(await token(rsa, { exp: now - 2, nbf: now + 2 }))).status).toBe(200);
});

test("keys are fetched once, and an unknown one causes no fetch while the set is new", async () => {
  const issuer = await startIssuer([key(rsa)]);
  const { call } = await service(trusting(issuer.url));
  const good = await token(rsa);
  await Promise.all([good, good, good].map(call));
  for (let count = 0; count < 3; count += 1) expect((await call(await token(other))).status).toBe(401);
  expect(issuer.fetches).toBe(1);
});

test("C25: a key that the issuer adds is accepted, and one that it removes no longer is", async () => {
  const issuer = await startIssuer([key(rsa)]);
  const { call } = await service(trusting(issuer.url), { cooldownMs: 0 });
  expect((await call(await token(rsa))).status).toBe(200);
  issuer.keys = [key(other)];
  expect((await call(await token(other))).status).toBe(200);
  expect((await call(await token(rsa))).status).toBe(401);
});

test("a token without a key id is checked with every key of its algorithm", async () => {
  const issuer = await startIssuer([key(rsa), key(other)]);
  issuer.withKid = false;
  const { call } = await service(trusting(issuer.url));
  expect((await call(await token(other, {}, false))).status).toBe(200);
  expect((await call(await token(await makeKey("rsa-3"), {}, false))).status).toBe(401);
});

test.each([
  ["refuses connections", async (issuer: Awaited<ReturnType<typeof startIssuer>>) => await issuer.close()],
  ["answers 500", async (issuer: Awaited<ReturnType<typeof startIssuer>>) => void (issuer.status = 500)],
  ["does not answer", async (issuer: Awaited<ReturnType<typeof startIssuer>>) => void (issuer.silent = true)],
])("a key set whose server %s gives 503", async (_what, fail) => {
  const issuer = await startIssuer([key(rsa)]);
  const { call, lines } = await service(trusting(issuer.url), { timeoutMs: 100 });
  await fail(issuer);
  const answer = await call(await token(rsa));
  expect(answer).toMatchObject({ status: 503, body: { code: "issuer_unavailable" }, headers: { "retry-after": "2" } });
  expect(lines).toContainEqual(expect.objectContaining({ level: "warn", code: "issuer_unavailable" }));
});

test("an issuer that starts later is used from then on", async () => {
  const port = await freePort();
  const { call } = await service(trusting(`http://127.0.0.1:${port}/jwks.json`));
  expect((await call(await token(rsa))).status).toBe(503);
  await startIssuer([key(rsa)], port);
  expect((await call(await token(rsa))).status).toBe(200);
});

test("known keys stay valid while the issuer cannot be reached, unknown ones give 503", async () => {
  const issuer = await startIssuer([key(rsa)]);
  const { call } = await service(trusting(issuer.url), { maxAgeMs: 0, cooldownMs: 0 });
  expect((await call(await token(rsa))).status).toBe(200);
  await issuer.close();
  expect((await call(await token(rsa))).status).toBe(200);
  expect((await call(await token(other))).body).toMatchObject({ code: "issuer_unavailable" });
});

test("an id that is not a UUID is converted to one, the same each time and another for another issuer", async () => {
  const issuer = await startIssuer([key(rsa)]);
  const { call } = await service(trusting(issuer.url));
  const claims = { sub: "auth0|ada", tenantId: undefined, org_id: "acme", roles: ["viewer", "member"] };
  const [first, again] = [await call(await token(rsa, claims)), await call(await token(rsa, claims))];
  expect(first.body).toEqual(again.body);
  expect(first.body).toMatchObject({ userId: expect.stringMatching(UUID), tenantId: expect.stringMatching(UUID) });
  expect(first.body.role).toBe("member");
  const renamed = await service({ ...trusting(issuer.url), AUTH_ISSUER: "https://other.example.com/" });
  const elsewhere = await renamed.call(await token(rsa, { ...claims, iss: "https://other.example.com/" }));
  expect(elsewhere.body.userId).not.toBe(first.body.userId);
  expect(elsewhere.body.tenantId).not.toBe(first.body.tenantId);
});

test("a token without a tenant gives the user a separate tenant", async () => {
  const issuer = await startIssuer([key(rsa)]);
  const { call } = await service(trusting(issuer.url));
  const [ada, bob] = [
    await call(await token(rsa, { tenantId: undefined, sub: "ada" })),
    await call(await token(rsa, { tenantId: undefined, sub: "bob" })),
  ];
  expect([ada.body.role, bob.body.role]).toEqual(["owner", "owner"]);
  expect(ada.body.tenantId).not.toBe(bob.body.tenantId);
  const named = await call(await token(rsa, { tenantId: "ada" }));
  expect(named.body).toMatchObject({ role: "member" });
  expect(named.body.tenantId).not.toBe(ada.body.tenantId);
});

test("an issuer without a key set signs with the shared key, and its name is checked", async () => {
  const { call, app } = await service({ AUTH_ISSUER: ISSUER, JWT_SECRET: KEYS[0] ?? "" });
  const sign = (iss: string) =>
    new SignJWT({ iss, sub: "ada", tenantId: TENANT, exp: Math.floor(Date.now() / 1000) + 60 })
      .setProtectedHeader({ alg: "HS256" })
      .sign(new TextEncoder().encode(KEYS[0]));
  expect((await call(await sign(ISSUER))).body).toMatchObject({ tenantId: TENANT });
  expect((await call(await sign("https://evil.example.com/"))).status).toBe(401);
  expect((await app.inject("/health")).json()).toMatchObject({ auth: "shared-key" });
});

test("X6: without authentication everybody is one user in one tenant; /health and one warning say so", async () => {
  const { call, app, lines } = await service({ AUTH_ENABLED: "false" });
  expect((await call()).body).toMatchObject({ tenantId: "00000000-0000-4000-8000-000000000000", role: "owner" });
  await call("any.to.ken");
  expect((await app.inject("/health")).json()).toMatchObject({ auth: "none", status: "ok" });
  expect(lines.filter(({ level }) => level === "warn")).toHaveLength(1);
});

test("D13: missing settings that depend on others are named", () => {
  const check = (env: Record<string, string>) =>
    envSchema(authSettings)
      .superRefine(checkAuth)
      .safeParse(env)
      .error?.issues.map(({ path, message }) => `${path.join()}: ${message}`);
  expect(check({ AUTH_JWKS_URL: "https://login.example.com/keys" })).toEqual([
    "AUTH_ISSUER: give the issuer whose keys AUTH_JWKS_URL serves, as its tokens name it",
  ]);
  expect(check({ AUTH_JWKS_URL: "file:///etc/passwd", AUTH_ISSUER: ISSUER })).toEqual([
    "AUTH_JWKS_URL: give an http or https URL",
  ]);
  expect(check({})).toEqual([
    expect.stringMatching(/^JWT_SECRET_KEY: give the key .* or AUTH_ISSUER and AUTH_JWKS_URL/),
  ]);
  expect(check({ AUTH_ENABLED: "false" })).toBeUndefined();
});
