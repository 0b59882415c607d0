import type { ServerResponse } from "node:http";
import { BackendWorld, newEmail } from "./backend-world";
import { type Forgery, ForgingProvider, otherKey } from "./forging-provider";
import { OidcBrowser } from "./oidc-browser";

let provider: ForgingProvider;
let world: BackendWorld;

beforeAll(async () => {
  provider = await ForgingProvider.start();
  world = await BackendWorld.start(provider.settings);
});
afterAll(async () => {
  await world.stop();
  await provider.stop();
});
beforeEach(() => {
  provider.forgery = {};
});

const seconds = () => Math.floor(Date.now() / 1000);
const REFUSED = { status: 401, body: { code: "oidc_refused" } };
const UNAVAILABLE = { status: 503, body: { code: "oidc_unavailable" } };

async function signIn(forgery: Forgery, more: Record<string, string> = {}) {
  const browser = new OidcBrowser(world);
  const url = await browser.begin();
  provider.forgery = forgery;
  return await browser.answer(provider.answerTo(url, more));
}

async function sessions(): Promise<number> {
  const { rows } = await world.backend.database.query<{ count: string }>(
    "select count(*) from studio.browser_sessions",
  );
  return Number(rows[0]?.count);
}

it("an honest answer gets in, with the code verifier of its browser; so what follows is refused for its forgery", async () => {
  expect(await signIn({})).toMatchObject({ status: 200 });
  expect(provider.forms.at(-1)?.get("code_verifier")).toHaveLength(43);
});

const forgeries: [string, Forgery, Record<string, string>?][] = [
  ["another nonce", { claims: { nonce: "other" } }],
  ["no nonce", { claims: { nonce: undefined } }],
  ["another issuer", { claims: { iss: "https://evil.example.com" } }],
  ["another audience", { claims: { aud: "somebody-else" } }],
  ["many audiences without an authorized party", { claims: { aud: ["nexus", "other"], azp: "other" } }],
  ["an end long ago", { claims: { exp: seconds() - 120 } }],
  ["no end", { claims: { exp: undefined } }],
  ["a beginning in the future", { claims: { nbf: seconds() + 300 } }],
  ["no subject", { claims: { sub: undefined } }],
  ["a subject that is a number", { claims: { sub: 7 } }],
  ["a subject of 256 characters", { claims: { sub: "x".repeat(256) } }],
  ["alg none", { header: { alg: "none" }, signature: "" }],
  ["alg none in capitals", { header: { alg: "NONE" }, signature: "" }],
  ["HS256 with the public key or the secret", { header: { alg: "HS256" } }],
  ["no signature", { signature: "" }],
  ["the signature of another key", { key: otherKey }],
  ["a state of nobody", {}, { state: "other" }],
  ["no code", {}, { code: "" }],
  ["the name of another issuer beside the code", {}, { iss: "https://evil.example.com" }],
  ["an error of the provider", {}, { error: "access_denied" }],
];
it.each(forgeries)("%s is refused, and opens no session", async (...[, forgery, more]) => {
  const before = await sessions();
  expect(await signIn(forgery, more)).toMatchObject(REFUSED);
  expect(await sessions()).toBe(before);
});

it("a key that the provider does not publish opens nothing", async () => {
  expect(await signIn({ header: { kid: "unknown" }, key: otherKey })).toMatchObject(UNAVAILABLE);
});

it.each([
  ["behind", -50],
  ["ahead", 50],
])("a clock that is %s by less than a minute is accepted", async (_what, skew) => {
  const now = seconds() + skew;
  const claims = { iat: now, nbf: now, exp: now + 10 };
  expect(await signIn({ claims })).toMatchObject({ status: 200 });
});

it("an answer counts in the browser that asked, once", async () => {
  const [mine, other] = [new OidcBrowser(world), new OidcBrowser(world)];
  const answer = provider.answerTo(await mine.begin());
  expect(await other.answer(answer)).toMatchObject(REFUSED);
  await other.begin();
  expect(await other.answer(answer)).toMatchObject(REFUSED);
  expect(await mine.answer(answer)).toMatchObject({ status: 200 });
  expect(await mine.answer(answer)).toMatchObject(REFUSED);
});

it("a code that the provider knows to be used is refused", async () => {
  const paths = {
    "/token": (response: ServerResponse) =>
      void response.writeHead(400, { "content-type": "application/json" }).end('{"error":"invalid_grant"}'),
  };
  expect(await signIn({ paths })).toMatchObject(REFUSED);
});

it("an answer changes neither where the provider is asked nor where people come back to", async () => {
  const browser = new OidcBrowser(world);
  const query = provider.answerTo(await browser.begin(), { redirect_uri: "https://evil.example.com" });
  const answer = await browser.answer(query);
  expect(answer.headers.location).toBeUndefined();
  expect(provider.forms.at(-1)?.getAll("redirect_uri")).toEqual(["http://studio.localhost:8080/signed-in"]);
});

it.each(["", "?", "code=a&code=b&state=", "https://evil.example.com/?code=a", '"\\'.repeat(4000)])(
  "an answer that is none is refused: %j",
  async (answer) => {
    const browser = new OidcBrowser(world);
    await browser.begin();
    expect(await browser.answer(answer)).toMatchObject(REFUSED);
  },
);

it.each(["x".repeat(8001), "€".repeat(8001), "\u0000", "é"])(
  "an answer that is too long, or no query of a browser, is refused before it is read: %j",
  async (answer) => {
    const browser = new OidcBrowser(world);
    await browser.begin();
    expect(await browser.answer(answer)).toMatchObject({ status: 400, body: { code: "validation_failed" } });
  },
);

it("user info about somebody else is refused", async () => {
  const paths = {
    "/me": (response: ServerResponse) =>
      void response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ sub: "grace", email: newEmail(), email_verified: true })),
  };
  expect(await signIn({ claims: { sub: "new", email: undefined }, paths })).toMatchObject(REFUSED);
});

describe("a provider that misbehaves", () => {
  const json = (text: string) => (response: ServerResponse) =>
    void response.writeHead(200, { "content-type": "application/json" }).end(text);
  const description = "/.well-known/openid-configuration";
  const endless = (response: ServerResponse) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.on("error", () => undefined);
    const more = (error?: Error | null) => void (error ?? response.write("x".repeat(100_000), more));
    more();
  };

  it.each<[string, Forgery]>([
    ["describes another issuer", { description: { issuer: "https://evil.example.com" } }],
    ["describes itself as many issuers", { description: { issuer: "http://127.0.0.1/{tenantid}" } }],
    ["describes itself with what is no JSON", { paths: { [description]: json("<html>") } }],
    ["redirects", { paths: { [description]: (response) => void response.writeHead(302, { location: "/x" }).end() } }],
    ["fails", { paths: { [description]: (response) => void response.writeHead(500).end() } }],
    ["sends without an end", { paths: { [description]: endless } }],
    ["hangs", { paths: { [description]: () => undefined } }],
    ["breaks off", { paths: { [description]: (response) => void response.destroy() } }],
  ])("and %s is a clear error within ten seconds", async (_what, forgery) => {
    const fresh = await world.startBackend(provider.settings);
    provider.forgery = forgery;
    const usual = world.backend;
    world.backend = fresh;
    const started = performance.now();
    try {
      const answer = await new OidcBrowser(world).post("/auth/session/oidc");
      expect(answer).toMatchObject({ ...UNAVAILABLE, headers: { "retry-after": "10" } });
      expect(performance.now() - started).toBeLessThan(10_000);
      provider.forgery = {};
      await new OidcBrowser(world).begin();
    } finally {
      world.backend = usual;
      await fresh.app.close();
      await fresh.close();
    }
  });

  it("and hangs in the middle is a clear error within ten seconds, while others are served", async () => {
    const hanging = signIn({ paths: { "/token": () => undefined } });
    const started = performance.now();
    expect((await world.ask("GET", "/ready")).status).toBe(200);
    expect(await hanging).toMatchObject(UNAVAILABLE);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

it("a backend without a provider says so, and offers none", async () => {
  const usual = world.backend;
  const without = await world.startBackend();
  world.backend = without;
  try {
    expect((await world.ask("GET", "/auth/ways")).body).toEqual({ passwords: true, oidc: null });
    const refused = { status: 409, body: { code: "oidc_not_configured" } };
    expect(await new OidcBrowser(world).post("/auth/session/oidc")).toMatchObject(refused);
    expect(await new OidcBrowser(world).answer("?code=a&state=b")).toMatchObject(refused);
  } finally {
    world.backend = usual;
    await without.app.close();
    await without.close();
  }
});
