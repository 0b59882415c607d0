import { findCandidates } from "../src/candidates";
import { composeVariables, resolveValues } from "@nexus/compose";
import { bindVariables, discoveredValues } from "../src";
import { typedEndpoints, infraScans } from "../src/document";
import type { Finding } from "../src/confirm";
import type { Verdict } from "../src/probes/types";
import { withoutCredentials } from "../../../cli/discover-report";
import { clusterObjects, type Workload } from "../../../tests/support/cluster-objects";

const workloads: Workload[] = [
  { name: "mongo", image: "mongo:7", ports: [{ port: 27017 }] },
  { name: "cache", image: "redis:7", ports: [{ port: 6379, nodePort: 30637 }], type: "NodePort" },
  {
    name: "db",
    image: "postgres:15",
    ports: [{ port: 5432 }],
    type: "LoadBalancer",
    addresses: [{ ip: "203.0.113.9" }],
  },
  { name: "qdrant", image: "qdrant/qdrant", ports: [{ port: 6333 }] },
  { name: "graph", image: "neo4j:5", ports: [{ port: 7687 }] },
];

function findings(from: readonly Workload[], verdict: Verdict = "confirmed"): Finding[] {
  return findCandidates(clusterObjects(from)).map((candidate) => ({ candidate, verdict, reason: "as the test says" }));
}

/** Names with or without a default, and the values that they get. */
function bound(wanted: Record<string, string | undefined>, from = findings(workloads), options = {}) {
  const variables = Object.entries(wanted).map(([name, value]) => ({
    name,
    ...(value === undefined ? {} : { default: value }),
  }));
  return bindVariables(variables, from, options);
}
const values = (...args: Parameters<typeof bound>) => discoveredValues(bound(...args).bindings);

describe("E12 E13: variables", () => {
  it("of every kind get the address of the Service's type", () => {
    const names = ["MONGO_URL", "MONGODB_URI", "REDIS_URL", "DATABASE_URL", "QDRANT_URL", "NEO4J_URI"];
    expect(values(Object.fromEntries(names.map((name) => [name, undefined])))).toEqual({
      MONGO_URL: "mongodb://mongo.team-a.svc.cluster.local:27017",
      MONGODB_URI: "mongodb://mongo.team-a.svc.cluster.local:27017",
      REDIS_URL: "redis://192.0.2.2:30637",
      DATABASE_URL: "postgresql://203.0.113.9:5432",
      QDRANT_URL: "http://qdrant.team-a.svc.cluster.local:6333",
      NEO4J_URI: "bolt://graph.team-a.svc.cluster.local:7687",
    });
  });

  it("get host, port or both, with any prefix", () => {
    const names = [
      "REDIS_HOST",
      "REDIS_PORT",
      "APP_REDIS_ADDR",
      "PGHOST",
      "POSTGRES_PORT",
      "DB_HOST",
      "MEM0_QDRANT_HOST",
    ];
    expect(values(Object.fromEntries(names.map((name) => [name, undefined])))).toEqual({
      REDIS_HOST: "192.0.2.2",
      REDIS_PORT: "30637",
      APP_REDIS_ADDR: "192.0.2.2:30637",
      PGHOST: "203.0.113.9",
      POSTGRES_PORT: "5432",
      DB_HOST: "203.0.113.9",
      MEM0_QDRANT_HOST: "qdrant.team-a.svc.cluster.local",
    });
  });

  it("with another meaning get no value", () => {
    const none = [
      "REDIS_PASSWORD",
      "QDRANT_GRPC_PORT",
      "POSTGRES_DB",
      "NEO4J_HTTP_URL",
      "PREDIS_URL",
      "URL",
      "PORT",
      "redis_url",
    ];
    expect(values(Object.fromEntries(none.map((name) => [name, undefined])))).toEqual({});
    expect(values({ DATABASE_URL: "mysql://db:3306/app", DB_HOST: "db", DB_PORT: "3306" })).toEqual({});
    expect(values({ REDIS_URL: "amqp://queue" })).toEqual({});
  });

  it("get the kind of DATABASE_URL and DB_HOST from their defaults", () => {
    expect(values({ DATABASE_URL: "mongodb://mongo/app" })).toEqual({
      DATABASE_URL: "mongodb://mongo.team-a.svc.cluster.local:27017/app",
    });
    expect(values({ DB_HOST: "x", DB_PORT: "27017" })).toEqual({
      DB_HOST: "mongo.team-a.svc.cluster.local",
      DB_PORT: "27017",
    });
  });

  it("keep scheme and path of the default, never its credentials or TLS", () => {
    const { bindings, notes } = bound({
      DATABASE_URL: "postgresql+asyncpg://app:s3cret@db:5432/app?sslmode=disable&password=s3cret",
      REDIS_URL: "rediss://redis:6379/2",
      NEO4J_URI: "neo4j://graph:7687",
      POSTGRES_URL: "jdbc:postgresql://db/app",
    });
    expect(discoveredValues(bindings)).toEqual({
      DATABASE_URL: "postgresql+asyncpg://203.0.113.9:5432/app",
      REDIS_URL: "redis://192.0.2.2:30637/2",
      NEO4J_URI: "neo4j://graph.team-a.svc.cluster.local:7687",
      POSTGRES_URL: "jdbc:postgresql://203.0.113.9:5432/app",
    });
    expect(notes).toEqual([
      "DATABASE_URL: the credentials of the compose default were left out; set the value by hand to keep them",
    ]);
    expect(JSON.stringify({ bindings, notes })).not.toContain("s3cret");
  });

  it("say where they come from", () => {
    expect(bound({ REDIS_URL: undefined }).bindings.REDIS_URL).toEqual({
      value: "redis://192.0.2.2:30637",
      source: "discovery",
      from: "redis team-a/cache (confirmed)",
    });
  });

  it("get the name inside the cluster on request, or if the nodes are not known", () => {
    const inside = { REDIS_HOST: "cache.team-a.svc.cluster.local", REDIS_PORT: "6379" };
    const wanted = { REDIS_HOST: undefined, REDIS_PORT: undefined };
    expect(values(wanted, findings(workloads), { reach: "cluster" })).toEqual(inside);
    const [cache] = findCandidates(clusterObjects(workloads, { nodes: [] })).filter(({ kind }) => kind === "redis");
    if (!cache) throw new Error("no candidate");
    const unknownNode: Finding = { candidate: cache, verdict: "confirmed", reason: "" };
    expect(values(wanted, [unknownNode])).toEqual(inside);
    expect(typedEndpoints(cache)).toEqual(["<node-ip>:30637"]);
  });
});

describe("E12: what may be bound", () => {
  const wanted = { REDIS_URL: undefined };
  it("refuted findings never, unconfirmed ones only if allowed", () => {
    for (const allowUnconfirmed of [false, true])
      expect(values(wanted, findings(workloads, "refuted"), { allowUnconfirmed })).toEqual({});
    expect(values(wanted, findings(workloads, "unconfirmed"))).toEqual({});
    const allowed = bound(wanted, findings(workloads, "unconfirmed"), { allowUnconfirmed: true });
    expect(allowed.bindings.REDIS_URL?.from).toBe("redis team-a/cache (unconfirmed)");
  });

  it("E14: the same findings are reported as found", () => {
    const scans = (verdict: Verdict, allow: boolean) =>
      infraScans(["team-a", "b"], findings(workloads, verdict), allow);
    expect(scans("confirmed", false)["team-a"]?.redis).toMatchObject({ found: true, endpoints: ["192.0.2.2:30637"] });
    expect(scans("unconfirmed", false)["team-a"]?.redis).toMatchObject({ found: false, endpoints: [] });
    expect(scans("unconfirmed", true)["team-a"]?.redis).toMatchObject({ found: true });
    expect(scans("refuted", true)["team-a"]?.redis).toMatchObject({
      found: false,
      endpoints: [],
      candidates: [{ service: "cache", verdict: "refuted" }],
    });
    expect(Object.keys(scans("confirmed", false)["b"] ?? {})).toEqual([
      "mongo",
      "redis",
      "postgres",
      "qdrant",
      "neo4j",
    ]);
  });

  it("of several, names the chosen one, and uses the one that the user names", () => {
    const two = findings([
      { name: "redis-a", image: "redis:7", ports: [{ port: 6379 }] },
      { name: "redis-b", image: "redis:7", ports: [{ port: 6379 }] },
    ]);
    expect(bound(wanted, two).notes).toEqual([
      "redis: took team-a/redis-a, not team-a/redis-b. To take another: --use redis=<service>",
    ]);
    for (const name of ["redis-b", "team-a/redis-b"]) {
      const named = bound(wanted, two, { use: { redis: name } });
      expect(discoveredValues(named.bindings)).toEqual({ REDIS_URL: "redis://redis-b.team-a.svc.cluster.local:6379" });
      expect(named.notes).toEqual([]);
    }
    expect(() => bound(wanted, two, { use: { redis: "redis-c" } })).toThrow(
      'There is no redis at Service "redis-c" that may be bound. Fix: --use redis=<team-a/redis-a | team-a/redis-b>',
    );
  });
});

it("E8: manual overrides settings, settings override discovery, discovery overrides the compose default", () => {
  const all = { A: "a", B: "b", C: "c", D: "d" };
  const layers = {
    manual: { A: "by hand" },
    settings: { A: "x", B: "stored" },
    discovery: { A: "x", B: "x", C: "found" },
    default: all,
  };
  expect(resolveValues(["A", "B", "C", "D", "E"], layers)).toEqual({
    A: { value: "by hand", source: "manual" },
    B: { value: "stored", source: "settings" },
    C: { value: "found", source: "discovery" },
    D: { value: "d", source: "default" },
  });
  expect(resolveValues(["A"], { manual: { A: "" }, default: all })).toEqual({ A: { value: "", source: "manual" } });
  const inherited = ["constructor", "__proto__", "toString"];
  expect(resolveValues(inherited, { manual: {}, default: { toString: "own" } })).toEqual({
    toString: { value: "own", source: "default" },
  });
});

describe("compose files", () => {
  it("E9: give their variables with defaults, in both forms", () => {
    const text = `
services:
  api:
    environment:
      REDIS_URL: \${REDIS_URL:-redis://redis:6379}
      DATABASE_URL: postgresql://app@\${PG_HOST-db}:5432/app
      WORKERS: 4
      MONGO_URL:
  web:
    environment: ["QDRANT_URL=\${VECTORS}", "NEO4J_URI", "REDIS_URL=later"]
  bare:
`;
    expect(composeVariables(text, "compose.yaml")).toEqual([
      { name: "REDIS_URL", default: "redis://redis:6379" },
      { name: "DATABASE_URL", default: "postgresql://app@db:5432/app" },
      { name: "PG_HOST", default: "db" },
      { name: "WORKERS", default: "4" },
      { name: "MONGO_URL" },
      { name: "QDRANT_URL", default: "" },
      { name: "VECTORS" },
      { name: "NEO4J_URI" },
    ]);
  });

  it("E9: give variables whatever form the specification knows, and names that objects inherit", () => {
    const text = `
x-common: &common { CACHE_URL: redis://cache }
services:
  api:
    environment: { <<: *common, DB: "$DB_HOST:\${DB_PORT:-\${PORT:-1}}", KEY: "\${KEY:?set it}", PRICE: "$$5", constructor: x }
---
services: { other: { environment: [toString] } }
`;
    expect(composeVariables(text, "compose.yaml")).toEqual([
      { name: "CACHE_URL", default: "redis://cache" },
      { name: "DB", default: ":1" },
      { name: "DB_HOST" },
      { name: "PORT", default: "1" },
      { name: "DB_PORT", default: "1" },
      { name: "KEY", default: "" },
      { name: "PRICE", default: "$5" },
      { name: "constructor", default: "x" },
      { name: "toString" },
    ]);
  });

  it.each([
    ["a: [", /^ {2}x\.yaml:1:5 a.*: is not valid YAML/m],
    ["version: 3", /^ {2}x\.yaml:1:1 services: is missing/m],
    ["- a", /^ {2}x\.yaml:1:1: is not a mapping/m],
    ["services: {a: {environment: 3}}", /^ {2}x\.yaml:1:29 services\.a\.environment: is not a mapping/m],
    [
      "services: {a: {environment: {B: '${1x}'}}}",
      /^ {2}x\.yaml:1:33 services\.a\.environment\.B: "\$\{1x\}" is not an interpolation/m,
    ],
  ])("%s is none, with its place", (text, message) => {
    expect(() => composeVariables(text, "x.yaml")).toThrow(message);
  });
});

it("E21: what is shown of other sources has no credentials", () => {
  expect(withoutCredentials("postgres://u:p%40@db/x?sslmode=off&api_key=k")).toBe(
    "postgres://***@db/x?sslmode=off&api_key=***",
  );
});
