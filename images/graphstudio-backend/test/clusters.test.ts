import { WatchedEmitters } from "@nexus/testkit/emitters";
import { waitFor } from "@nexus/testkit/server-process";
import { parseAllDocuments } from "yaml";
import { BackendWorld } from "./backend-world";
import { addCluster, CLUSTERS, FakeCluster, here, idOf, member, owner, TOKEN } from "./cluster-world";

let cluster: FakeCluster;
let world: BackendWorld;
beforeAll(async () => {
  cluster = await FakeCluster.start();
  world = await BackendWorld.start({ CLUSTER_PORTS: `${cluster.port},6443`, CLUSTERS_PER_TENANT: "2" }, here);
});
afterAll(async () => {
  cluster?.stop();
  await world?.stop();
});
beforeEach(() => (cluster.mode = "well"));

test("a cluster is added from a kubeconfig, listed, looked at and removed", async () => {
  const ada = await owner(world);
  const added = await addCluster(ada, cluster.kubeconfig());
  expect(added).toMatchObject({
    status: 201,
    body: {
      name: "Production",
      context: "main",
      server: `https://api.cluster.test:${cluster.port}`,
      namespace: "apps",
      insecure: false,
      status: "connected",
      status_reason: null,
      version: "v1.36.3",
      node_count: 3,
    },
  });
  expect((await ada.browser.ask("GET", CLUSTERS)).body.items).toEqual([added.body]);
  const path = `${CLUSTERS}/${idOf(added)}`;
  expect((await ada.browser.ask("GET", path)).body).toEqual(added.body);
  expect((await ada.browser.ask("DELETE", path)).status).toBe(204);
  for (const [method, url] of [
    ["GET", path],
    ["DELETE", path],
    ["POST", `${path}/check`],
  ] as const)
    expect((await ada.browser.ask(method, url)).body.code).toBe("cluster_not_found");
});

test("what a kubeconfig offers to choose from is told to whoever may add it, and nothing is connected to", async () => {
  const ada = await owner(world);
  const contexts = [cluster, cluster].map((_one, at) => ({ name: `c${at}`, context: { cluster: "c", user: "u" } }));
  const several = JSON.stringify({ ...(JSON.parse(cluster.kubeconfig()) as object), contexts });
  const before = cluster.connections;
  const ask = async ({ browser }: typeof ada, kubeconfig: string) =>
    (await browser.ask("POST", "/api/kubernetes/contexts", { kubeconfig })).body;
  expect(await ask(ada, cluster.kubeconfig())).toEqual({ names: ["main"], current: "main" });
  expect(await ask(ada, several)).toEqual({ names: ["c0", "c1"], current: null });
  expect((await ask(ada, "hello")).code).toBe("kubeconfig_unusable");
  expect((await ask(await member(world, ada, "member"), several)).code).toBe("forbidden");
  expect(cluster.connections).toBe(before);
});

test("an account with the rights that are needed is offered for namespaces, with the commands that make its kubeconfig", async () => {
  const ada = await owner(world);
  const ask = (namespaces: string) => ada.browser.ask("GET", `/api/kubernetes/account?namespaces=${namespaces}`);
  const { manifest, commands } = (await ask("team-a,team-b")).body as { manifest: string; commands: string };
  const objects = parseAllDocuments(manifest).map(
    (one) => one.toJS() as { kind: string; metadata: { namespace?: string } },
  );
  expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}`)).toEqual([
    "ServiceAccount team-a",
    "Role team-a",
    "RoleBinding team-a",
    "Role team-b",
    "RoleBinding team-b",
    "ClusterRole ",
    "ClusterRoleBinding ",
  ]);
  expect(commands).toContain("kubectl -n team-a create token nexus");
  expect((await ask("team-a;rm")).status).toBe(400);
});

test("nothing of a kubeconfig's credentials is in the database, in an answer, in the log or in the audit trail", async () => {
  const ada = await owner(world);
  const added = await addCluster(ada, cluster.kubeconfig());
  const checked = await ada.browser.ask("POST", `${CLUSTERS}/${idOf(added)}/check`);
  const refused = await addCluster(ada, cluster.kubeconfig({ token: `${TOKEN}\n` }), { name: "Other" });
  expect(refused.body.code).toBe("kubeconfig_unusable");
  const [row] = await world.postgres.query(`select * from studio.clusters where id = '${idOf(added)}'`);
  const sealed = row?.sealed as Buffer;
  const lines = await world.postgres.query("select line from studio.audit_rows");
  const exported = await ada.browser.ask("GET", `/account/tenants/${ada.tenantId}/export`);
  const texts = [added, checked, refused, exported, lines, world.log.lines, row];
  for (const text of [...texts.map((one) => JSON.stringify(one)), sealed.toString("latin1")]) {
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain(Buffer.from(TOKEN).toString("base64").slice(0, 30));
  }
});

test("the state is what the last check found, with the reason", async () => {
  const ada = await owner(world);
  const path = `${CLUSTERS}/${idOf(await addCluster(ada, cluster.kubeconfig()))}/check`;
  cluster.mode = "strange";
  expect((await ada.browser.ask("POST", path)).body).toMatchObject({
    status: "unreachable",
    status_reason: "it answers as no API server does (HTTP 200)",
    version: null,
  });
  cluster.mode = "well";
  expect((await ada.browser.ask("POST", path)).body).toMatchObject({ status: "connected", status_reason: null });
  const { body } = await addCluster(ada, cluster.kubeconfig({ token: "another" }), { name: "Other" });
  expect(body).toMatchObject({
    status: "unauthorized",
    status_reason: "it does not accept the credentials; they may have expired",
  });
});

test("a server that never answers is unreachable after some seconds", async () => {
  const ada = await owner(world);
  cluster.mode = "silent";
  expect((await addCluster(ada, cluster.kubeconfig())).body).toMatchObject({
    status: "unreachable",
    status_reason: "it did not answer in time",
  });
});

const loopback = { server: "https://127.0.0.1:6443" };
test.each([
  ["a program to start", { user: { exec: { command: "touch" } } }, "kubeconfig_refused"],
  ["a file with a token", { user: { tokenFile: "/etc/passwd" } }, "kubeconfig_refused"],
  ["a proxy", { cluster: { "proxy-url": "http://proxy" } }, "kubeconfig_refused"],
  ["plain HTTP", { server: "http://api.cluster.test" }, "kubeconfig_refused"],
  ["this machine", loopback, "kubeconfig_refused"],
  ["this machine, written as a number", { server: "https://2130706433:6443" }, "kubeconfig_refused"],
  ["this machine in IPv6", { server: "https://[::ffff:127.0.0.1]:6443" }, "kubeconfig_refused"],
  ["a metadata service", { server: "https://169.254.169.254" }, "kubeconfig_refused"],
  ["a private network", { server: "https://10.1.2.3:6443" }, "kubeconfig_refused"],
  ["a port that is not allowed", { server: "https://api.cluster.test:5432" }, "kubeconfig_refused"],
  ["a certificate that is not checked", { cluster: { "insecure-skip-tls-verify": true } }, "kubeconfig_refused"],
  ["no credentials", { token: "" }, "kubeconfig_unusable"],
  ["no URL", { server: "somewhere" }, "kubeconfig_unusable"],
])("a kubeconfig with %s is refused, and nothing is connected to", async (_what, given, code) => {
  const ada = await owner(world);
  const before = cluster.connections;
  const { status, body } = await addCluster(ada, cluster.kubeconfig(given));
  expect({ status, code: body.code }).toEqual({ status: 422, code });
  expect(cluster.connections).toBe(before);
  expect((await ada.browser.ask("GET", CLUSTERS)).body.items).toEqual([]);
});

test("without a look-up of the test's own, a name that leads to this machine is refused", async () => {
  const guarded = await BackendWorld.start({ CLUSTER_PORTS: String(cluster.port) });
  try {
    const before = cluster.connections;
    const kubeconfig = cluster.kubeconfig({ server: `https://localhost:${cluster.port}` });
    const { body } = await addCluster(await owner(guarded), kubeconfig);
    expect(body.code).toBe("kubeconfig_refused");
    expect(body.detail).toMatch(
      /^The server localhost \((127\.0\.0\.1|::1)\) is not allowed: it is a loopback address/,
    );
    expect(cluster.connections).toBe(before);
  } finally {
    await guarded.stop();
  }
});

test.each([
  ["no name", { name: "" }, 400],
  ["a context that is not there", { context: "other" }, 422],
  ["a text that is no kubeconfig", { kubeconfig: "hello" }, 422],
  ["no text", { kubeconfig: 5 }, 400],
  ["more than 256 KiB", { kubeconfig: " ".repeat(256 * 1024 + 1) }, 400],
  ["more than the body may have", { kubeconfig: " ".repeat(2_000_000) }, 413],
])("%s is refused", async (_what, more, status) => {
  expect((await addCluster(await owner(world), cluster.kubeconfig(), more)).status).toBe(status);
});

test("owners and admins add, check and remove clusters; members and viewers look at them", async () => {
  const ada = await owner(world);
  const admin = await member(world, ada, "admin");
  const added = await addCluster(admin, cluster.kubeconfig());
  expect(added.status).toBe(201);
  const path = `${CLUSTERS}/${idOf(added)}`;
  for (const role of ["member", "viewer"]) {
    const { browser } = await member(world, ada, role);
    expect((await browser.ask("GET", path)).body).toEqual(added.body);
    const answers = [
      await addCluster({ ...ada, browser }, cluster.kubeconfig(), { name: "Other" }),
      await browser.ask("POST", `${path}/check`),
      await browser.ask("DELETE", path),
    ];
    expect(answers.map(({ body }) => body.code)).toEqual(["forbidden", "forbidden", "forbidden"]);
  }
  expect((await admin.browser.ask("DELETE", path)).status).toBe(204);
});

test("clusters of another tenant do not exist", async () => {
  const [ada, eve] = [await owner(world), await owner(world)];
  const path = `${CLUSTERS}/${idOf(await addCluster(ada, cluster.kubeconfig()))}`;
  expect((await eve.browser.ask("GET", CLUSTERS)).body.items).toEqual([]);
  for (const [method, url] of [
    ["GET", path],
    ["POST", `${path}/check`],
    ["DELETE", path],
  ] as const)
    expect((await eve.browser.ask(method, url)).body.code).toBe("cluster_not_found");
  expect((await ada.browser.ask("GET", path)).status).toBe(200);
});

test("a name counts once in a tenant, and no requests at once make a cluster too many", async () => {
  const ada = await owner(world);
  const answers = await Promise.all(
    ["One", "One", "Two", "Three"].map((name) => addCluster(ada, cluster.kubeconfig(), { name })),
  );
  const codes = answers.map(({ status, body }) => (status === 201 ? "added" : String(body.code))).sort();
  expect(codes.filter((code) => code === "added")).toHaveLength(2);
  const before = cluster.connections;
  const { body } = await addCluster(ada, cluster.kubeconfig(), { name: "Four" });
  expect(body).toMatchObject({ code: "limit_reached", limit: 2, usage: 2 });
  expect(cluster.connections).toBe(before);
  const bob = await owner(world);
  await addCluster(bob, cluster.kubeconfig());
  expect((await addCluster(bob, cluster.kubeconfig())).body.code).toBe("cluster_name_taken");
  expect((await bob.browser.ask("GET", `/account/tenants/${bob.tenantId}/subscription`)).body).toMatchObject({
    clusters: 1,
    limits: { clusters: 2 },
  });
});

test("nobody scans networks with it: a tenant connects 30 times a minute at most", async () => {
  const ada = await owner(world);
  const path = `${CLUSTERS}/${idOf(await addCluster(ada, cluster.kubeconfig()))}/check`;
  const answers = [];
  for (let count = 0; count < 30; count += 1) answers.push((await ada.browser.ask("POST", path)).status);
  expect(answers).toEqual([...Array<number>(29).fill(200), 429]);
});

test("who added and removed a cluster is in the audit trail, and who was not allowed to", async () => {
  const ada = await owner(world);
  const eve = await member(world, ada, "viewer");
  const id = idOf(await addCluster(ada, cluster.kubeconfig()));
  await eve.browser.ask("DELETE", `${CLUSTERS}/${id}`);
  await ada.browser.ask("DELETE", `${CLUSTERS}/${id}`);
  const { lines } = (await ada.browser.ask("GET", `/account/tenants/${ada.tenantId}/audit`)).body as {
    lines: string[];
  };
  const rows = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const server = `https://api.cluster.test:${cluster.port}`;
  expect(rows.slice(-4, -1)).toMatchObject([
    { act: "cluster.added", actor: ada.id, target: { clusterId: id, name: "Production", server } },
    { act: `DELETE ${CLUSTERS}/:clusterId`, outcome: "denied", actor: eve.id, target: { clusterId: id } },
    { act: "cluster.removed", actor: ada.id, target: { clusterId: id, name: "Production", server } },
  ]);
});

test("a sealed kubeconfig that is moved to another row is never used", async () => {
  const [ada, eve] = [await owner(world), await owner(world)];
  const [own, theirs] = [await addCluster(ada, cluster.kubeconfig()), await addCluster(eve, cluster.kubeconfig())].map(
    idOf,
  );
  await world.postgres.query(
    `update studio.clusters set sealed = (select sealed from studio.clusters where id = '${own}') where id = '${theirs}'`,
  );
  const before = cluster.connections;
  expect((await eve.browser.ask("POST", `${CLUSTERS}/${theirs}/check`)).body.status).toBe("unauthorized");
  expect(cluster.connections).toBe(before);
});

test("every emitter of a pod has somebody who hears of an error, also while a cluster is silent", async () => {
  const emitters = new WatchedEmitters();
  const pod = await world.startBackend({ CLUSTER_PORTS: String(cluster.port) });
  try {
    await world.at(pod, async () => {
      const url = await pod.app.listen({ host: "127.0.0.1", port: 0 });
      const ada = await owner(world);
      const added = await addCluster(ada, cluster.kubeconfig());
      const before = cluster.connections;
      cluster.mode = "silent";
      const gone = new AbortController();
      const headers = { authorization: `Bearer ${ada.browser.accessToken}` };
      const path = `${url}${CLUSTERS}/${idOf(added)}/check`;
      const asked = fetch(path, { method: "POST", headers, signal: gone.signal }).catch(() => undefined);
      await waitFor("the cluster is asked", async () => expect(cluster.connections).toBeGreaterThan(before));
      expect(emitters.unheard()).toEqual([]);
      gone.abort();
      await asked;
    });
  } finally {
    await pod.app.close();
    await pod.close();
    emitters.end();
  }
  expect(emitters.unheard()).toEqual([]);
  expect([...emitters.kinds]).toEqual(
    expect.arrayContaining(["Server", "Socket", "TLSSocket", "Client", "BoundPool", "Redis"]),
  );
});
