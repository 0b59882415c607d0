import { randomBytes } from "node:crypto";
import { isRegular, isSample, withoutCredentials } from "../../../config/credentials";
import { load, problems, staging } from "../../support/config";

const local = { cluster: { kind: "local" } };

describe("A41: a message hides credentials", () => {
  it.each([
    ["a password in a URL", "postgres://user:hunter2@db/nexus", "postgres://[hidden]@db/nexus"],
    ["one with an @ in it", "redis://:hunter@2@cache:6379", "redis://[hidden]@cache:6379"],
    ["one with a slash in it", "https://me:hunter/2@git.example.com", "https://[hidden]@git.example.com"],
    ["a parameter", "https://example.com/?token=hunter2&a=b", "https://example.com/?token=[hidden]&a=b"],
    ["a connection string", "host=db password=hunter2 user=me", "host=db password=[hidden] user=me"],
    ["JSON", '{"apiKey":"hunter2","a":1}', '{"apiKey":"[hidden]","a":1}'],
    ["a known key", "sk-abcdefgh12345678", "[hidden]"],
    ["a private key", "-----BEGIN PRIVATE KEY-----\nhunter2", "[hidden]"],
  ])("%s", (_, text, shown) => {
    expect(withoutCredentials(text)).toBe(shown);
  });

  it.each([["docker.io/library/redis:7.2.16-bookworm"], ["512Mi"], ["https://login.example.com/keys"], ["key"]])(
    "and nothing else: %s",
    (text) => {
      expect(withoutCredentials(text)).toBe(text);
    },
  );

  const url = "postgres://user:hunter2@db.example.com/nexus";
  it.each<[string, Readonly<Record<string, unknown>>]>([
    ["under an unknown key", { postgres: { url } }],
    ["under an unknown key at the top", { dataUrl: url }],
    ["without --path", { "postgres.image": url }],
    ["in place of an object", { postgres: url }],
    ["in place of a list", { compose: { shop: { files: url } } }],
    ["in place of a word", { topology: url }],
    ["in place of a text", { images: { registry: url } }],
    ["in an object", { kernel: { limits: { cpu: { url } } } }],
    ["by its name", { postgres: { password: "hunter2" } }],
  ])("also %s", async (_, config) => {
    const lines = await problems({ config: { ...local, ...config } });
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter((line) => line.includes("hunter2"))).toEqual([]);
  });
});

describe("a secret that can be guessed, on staging", () => {
  const guessed = (value: string) =>
    problems({ stack: "staging", config: staging, secrets: { jwtSecretKey: value } }).then((found) => found.length > 0);

  it.each([
    "your-secret-key-change-in-production",
    "dev-secret-key-change-in-production-please",
    "my-super-secret-jwt-signing-key-2024!",
    "change-me-change-me-change-me-change-me",
    "supersecretkeythatislongenoughforjwt",
    "<insert-your-random-secret-here-please>",
    "this-is-a-test-key-do-not-use-in-production",
    "password123password123password123",
    "k".repeat(64),
    "0123456789abcdef0123456789abcdef",
    "abcdefghijklmnopqrstuvwxyz123456",
    "abcabcabcabcabcabcabcabcabcabcabcabc",
    "deadbeefdeadbeefdeadbeefdeadbeef",
  ])("A31: is refused: %s", async (value) => {
    expect(await guessed(value)).toBe(true);
  });

  it("is not a generated value", () => {
    // Each digit here is beside the one before it more often than in any other of a hundred thousand keys.
    expect(isRegular("0fe10116c32101bf5cb6fdcbab995545")).toBe(false);
    for (let round = 0; round < 2000; round += 1) {
      const bytes = randomBytes(32);
      for (const key of [bytes.toString("hex"), bytes.toString("base64"), bytes.toString("hex").slice(0, 32)])
        expect([key, isSample(key), isRegular(key)]).toEqual([key, false, false]);
    }
  });

  it("is a password of an external server that consists of sample words", async () => {
    const external = { ...staging, postgres: { mode: "external" } };
    const with_ = (password: string) =>
      problems({
        stack: "staging",
        config: external,
        secrets: { databaseUrl: `postgres://app:${password}@db.example.com/app` },
      });
    for (const password of ["postgres", "changeme", "secret123", "my-password"])
      expect(await with_(password)).toHaveLength(1);
    for (const password of ["tr0ub4dor-%263", "x8Kq2Lm"]) expect(await with_(password)).toEqual([]);
  });
});

describe("A42: on staging a node port is open only if the stack's own file sets it", () => {
  const tls = { ingress: { host: "nexus.example.com", tls: {} } };
  const python = (networking: object) => ({ ...staging, topology: "python", networking });
  const portOf = async (networking: object) => {
    const {
      networking: read,
      nodePorts,
      trustedProxies,
    } = await load({ stack: "staging", config: python(networking) });
    return { port: read.nodePort, workload: nodePorts.frontend, trustedProxies };
  };

  it("not by its topology, beside TLS or alone", async () => {
    expect(await portOf(tls)).toEqual({ port: null, workload: null, trustedProxies: 2 });
    expect(await portOf({ ingress: null })).toEqual({ port: null, workload: null, trustedProxies: 1 });
  });

  it("by the stack", async () => {
    expect(await portOf({ ...tls, nodePort: 30_100 })).toMatchObject({ port: 30_100, workload: 30_100 });
  });
});
