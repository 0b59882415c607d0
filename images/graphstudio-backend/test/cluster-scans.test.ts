import { type StandIn, startTcp } from "../../../tests/support/stand-ins/tcp-server";
import { BackendWorld } from "./backend-world";
import { CLUSTERS, here, member, owner, type Person } from "./cluster-world";
import { addScanned, scanCluster, type ScannedCluster, startScannedCluster } from "./scan-world";

/** Where the NodePort leads: nobody may connect to it. */
let listener: StandIn;
let visits = 0;
let cluster: ScannedCluster;
let world: BackendWorld;
beforeAll(async () => {
  listener = await startTcp(() => (visits += 1));
  cluster = await startScannedCluster(listener.port);
  world = await BackendWorld.start({ CLUSTER_PORTS: String(cluster.api.port) }, here);
});
afterEach(() => {
  for (const resource of Object.keys(cluster.api.faults)) delete cluster.api.faults[resource];
});
afterAll(async () => {
  await Promise.all([cluster?.stop(), world?.stop(), listener?.close()]);
});

/** Somebody with a cluster. */
async function withCluster(): Promise<Person & { cluster: string }> {
  const person = await owner(world);
  return { ...person, cluster: await addScanned(person, cluster.kubeconfig()) };
}

test("E12 E14 E17: a scan tells what it finds as it finds it, and the cluster's document keeps it by namespace and kind", async () => {
  const ada = await withCluster();
  const { headers, lines } = await scanCluster(ada, ada.cluster);
  expect(headers["x-accel-buffering"]).toBe("no");
  const found = lines.filter(({ kind }) => kind === "finding");
  expect(found).toContainEqual({
    kind: "finding",
    namespace: "team-a",
    type: "redis",
    service: "cache",
    service_type: "ClusterIP",
    endpoints: ["cache.team-a.svc.cluster.local:6379"],
    verdict: "confirmed",
    reason: "answers PING: requires a password (port-forward to cache-0:6379)",
  });
  expect(found.map(({ type, verdict }) => `${String(type)} ${String(verdict)}`).sort()).toEqual([
    "mongo unconfirmed",
    "postgres refuted",
    "qdrant confirmed",
    "redis confirmed",
  ]);
  const { body } = await ada.browser.ask("GET", `${CLUSTERS}/${ada.cluster}`);
  expect(lines.at(-1)).toEqual({ kind: "end", cluster: JSON.parse(JSON.stringify(body)) as unknown, notes: [] });
  expect(body).toMatchObject({
    scanned_at: expect.any(String),
    scan_notes: [],
    infra_scans: {
      "team-a": {
        redis: { found: true, endpoints: ["cache.team-a.svc.cluster.local:6379"] },
        postgres: { found: false, endpoints: [] },
        neo4j: { found: false, candidates: [] },
      },
    },
  });
});

test("addresses that a cluster names are not contacted, only its API server", async () => {
  const ada = await withCluster();
  const { lines } = await scanCluster(ada, ada.cluster);
  expect(lines.find(({ type }) => type === "mongo")).toMatchObject({
    endpoints: [`127.0.0.1:${listener.port}`],
    verdict: "unconfirmed",
    reason: expect.stringContaining("port-forward to mongo-0:27017"),
  });
  expect(visits).toBe(0);
});

test("what scans found is listed for the tenant: everything, and what variables may use", async () => {
  const ada = await withCluster();
  await scanCluster(ada, ada.cluster);
  const list = async (person: Person, which: string) =>
    (await person.browser.ask("GET", `/api/kubernetes/services/${which}`)).body.items as Record<string, unknown>[];
  const services = (items: Record<string, unknown>[]) => items.map(({ service }) => service).sort();
  expect(services(await list(ada, "infra"))).toEqual(["cache", "mongo", "shop", "vectors"]);
  const available = await list(await member(world, ada, "viewer"), "available");
  expect(services(available)).toEqual(["cache", "vectors"]);
  expect(available[0]).toMatchObject({ cluster_id: ada.cluster, cluster_name: "Scanned", verdict: "confirmed" });
  expect(await list(await owner(world), "infra")).toEqual([]);
});

test("E8 E18: variables get their values in order from what was found, and secrets are never sent back", async () => {
  const ada = await withCluster();
  const path = `${CLUSTERS}/${ada.cluster}/envmap`;
  const variables = [
    { name: "REDIS_URL", default: "redis://localhost:6379" },
    { name: "QDRANT_URL", value: "http://mine:6333", setting: "http://theirs:6333" },
    { name: "MODE", setting: "production", default: "test" },
    { name: "API_KEY", value: "hunter2-hunter2" },
    { name: "NEO4J_URL" },
  ];
  expect((await ada.browser.ask("POST", path, { variables })).body.code).toBe("cluster_not_scanned");
  await scanCluster(ada, ada.cluster);
  const { body } = await ada.browser.ask("POST", path, { variables });
  const plain = { object: "ConfigMap", from: null };
  expect(body).toEqual({
    items: [
      {
        name: "REDIS_URL",
        value: "redis://cache.team-a.svc.cluster.local:6379",
        source: "discovery",
        from: "redis team-a/cache (confirmed)",
        object: "ConfigMap",
      },
      { ...plain, name: "QDRANT_URL", value: "http://mine:6333", source: "manual" },
      { ...plain, name: "MODE", value: "production", source: "settings" },
      { ...plain, name: "API_KEY", value: null, source: "manual", object: "Secret" },
      { ...plain, name: "NEO4J_URL", value: null, source: null },
    ],
    notes: [],
  });
  await ada.browser.ask("PUT", "/api/settings/NEO4J_URL", { value: "bolt://graph:7687", secret: true });
  await ada.browser.ask("PUT", "/api/settings/REDIS_URL", { value: "redis://ours:6379" });
  await ada.browser.ask("PUT", "/api/settings/MODE", { value: "ours" });
  expect((await ada.browser.ask("POST", path, { variables })).body.items).toEqual([
    { ...plain, name: "REDIS_URL", value: "redis://ours:6379", source: "settings" },
    { ...plain, name: "QDRANT_URL", value: "http://mine:6333", source: "manual" },
    { ...plain, name: "MODE", value: "production", source: "settings" },
    { ...plain, name: "API_KEY", value: null, source: "manual", object: "Secret" },
    { ...plain, name: "NEO4J_URL", value: null, source: "settings", object: "Secret" },
  ]);
  const wrong = await ada.browser.ask("POST", path, { variables, use: { redis: "nothing" } });
  expect(wrong).toMatchObject({ status: 400, body: { code: "validation_failed" } });
  expect(wrong.body.detail).toContain('There is no redis at Service "nothing" that may be bound');
});

test("who scanned which namespaces is in the audit trail", async () => {
  const ada = await withCluster();
  await scanCluster(ada, ada.cluster);
  const { lines } = (await ada.browser.ask("GET", `/account/tenants/${ada.tenantId}/audit`)).body as {
    lines: string[];
  };
  expect(JSON.parse(lines.at(-2) ?? "")).toMatchObject({
    act: "cluster.scanned",
    actor: ada.id,
    target: { clusterId: ada.cluster, name: "Scanned", namespaces: "team-a" },
  });
});

test.each([
  ["does not accept the credentials", { all: 401 }, {}, 422, "cluster_unauthorized"],
  ["answers with an error", { all: 500 }, {}, 503, "cluster_unavailable"],
  ["never answers", { version: "silence" }, {}, 503, "cluster_unavailable"],
] as const)("a cluster that %s is told before anything is streamed", async (_what, faults, body, status, code) => {
  const ada = await withCluster();
  Object.assign(cluster.api.faults, faults);
  const answer = await scanCluster(ada, ada.cluster, body);
  expect(answer).toMatchObject({ status, body: { code } });
});

test("what goes wrong later ends the stream with a reason, and the last result stays", async () => {
  const ada = await withCluster();
  await scanCluster(ada, ada.cluster);
  Object.assign(cluster.api.faults, { services: 403 });
  expect((await scanCluster(ada, ada.cluster)).lines.at(-1)).toEqual({
    kind: "failed",
    code: "cluster_unauthorized",
    detail:
      'User "u" (context main) may not list services in namespace team-a. Fix: grant the role in docs/discovery.md.',
  });
  delete cluster.api.faults.services;
  const missing = await scanCluster(ada, ada.cluster, { namespaces: ["nowhere"] });
  expect(missing.lines.at(-1)).toMatchObject({ kind: "failed", code: "cluster_namespace_not_found" });
  const { body } = await ada.browser.ask("GET", `${CLUSTERS}/${ada.cluster}`);
  expect(body.infra_scans).toMatchObject({ "team-a": { redis: { found: true } } });
});

test("members and viewers do not scan, nobody scans clusters of another tenant, and each scan counts as a connection", async () => {
  const ada = await withCluster();
  for (const role of ["member", "viewer"]) {
    const answer = await scanCluster(await member(world, ada, role), ada.cluster);
    expect(answer.body.code).toBe("forbidden");
  }
  const eve = await owner(world);
  expect((await scanCluster(eve, ada.cluster)).body.code).toBe("cluster_not_found");
  const path = `${CLUSTERS}/${ada.cluster}/envmap`;
  expect((await eve.browser.ask("POST", path, { variables: [] })).body.code).toBe("cluster_not_found");
  cluster.api.faults.all = 500;
  for (let count = 0; count < 29; count += 1) await scanCluster(ada, ada.cluster);
  expect((await scanCluster(ada, ada.cluster)).status).toBe(429);
});

test.each([
  ["a namespace that is none", "scan-infra", { namespaces: ["../../secrets"] }],
  ["too many namespaces", "scan-infra", { namespaces: Array<string>(11).fill("a") }],
  ["a name that no variable has", "envmap", { variables: [{ name: "__proto__.x" }] }],
  ["too many variables", "envmap", { variables: Array<object>(501).fill({ name: "A" }) }],
])("%s is refused", async (_what, route, body) => {
  const ada = await owner(world);
  const { status } = await ada.browser.ask("POST", `${CLUSTERS}/00000000-0000-4000-8000-000000000000/${route}`, body);
  expect(status).toBe(400);
});

test("a tenant scans one cluster at a time, and is told when to come again", async () => {
  const [ada, eve] = [await withCluster(), await withCluster()];
  const lists = () => cluster.api.requests.filter((request) => request.includes("/services")).length;
  const before = lists();
  cluster.api.faults.services = "silence";
  const running = scanCluster(ada, ada.cluster);
  while (lists() === before) await new Promise(setImmediate);
  const { status, body, headers } = await scanCluster(ada, ada.cluster);
  expect({ status, code: body.code, wait: headers["retry-after"] }).toEqual({
    status: 503,
    code: "scans_busy",
    wait: "10",
  });
  delete cluster.api.faults.services;
  expect((await scanCluster(eve, eve.cluster)).lines.at(-1)?.kind).toBe("end");
  expect((await running).lines.at(-1)).toMatchObject({ kind: "failed", code: "cluster_unavailable" });
  expect((await scanCluster(ada, ada.cluster)).lines.at(-1)?.kind).toBe("end");
});
