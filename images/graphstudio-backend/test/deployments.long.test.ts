import { addCluster, idOf } from "./cluster-world";
import {
  deploy,
  DEPLOYMENTS,
  DeployWorld,
  KEPT,
  latestWhen,
  pathOf,
  PROJECTS,
  SECRET,
  settled,
  shop,
} from "./deploy-world";

let all: DeployWorld;
beforeAll(async () => {
  all = await DeployWorld.start();
}, 180_000);
afterAll(() => all?.stop());

test("a project is previewed, deployed, changed, compared, rolled back with its variables, and deleted", async () => {
  const ada = await all.tenant();
  const { browser, clusterId, projectId, namespace } = ada;
  const previewed = await browser.ask("POST", `/api/kubernetes/clusters/${clusterId}/preview`, {
    project_id: projectId,
  });
  expect(previewed).toMatchObject({ status: 200, body: { services: ["web"] } });
  expect(previewed.body.variables).toEqual([
    { service: "web", name: "MODE", source: "default", kind: "ConfigMap", why: "plain", value: "fast" },
    { service: "web", name: "DB_PASSWORD", source: "default", kind: "Secret", why: "name", value: null },
  ]);
  const deployed = await deploy(ada, { expected_revision: 0 });
  expect(deployed).toMatchObject({
    status: 202,
    body: { items: [{ namespace, latest: { revision: 1, act: "deploy" } }] },
  });
  const path = pathOf(deployed);
  expect(await settled(ada, path)).toMatchObject({ state: "applied", reason: null });
  expect((await all.object("ConfigMap", namespace, "web-config"))?.data).toEqual({ MODE: "fast" });

  const variables = [
    { name: "MODE", value: "slow" },
    { name: "DB_PASSWORD", value: `${SECRET}-2` },
  ];
  const again = await browser.ask("POST", `/api/kubernetes/clusters/${clusterId}/preview`, {
    project_id: projectId,
    variables,
  });
  const changes = (again.body.objects as { id: { kind: string }; fields: object[] }[]).filter(
    ({ fields }) => fields.length > 0,
  );
  expect(changes.map(({ id, fields }) => [id.kind, fields])).toEqual(
    expect.arrayContaining([
      ["ConfigMap", [{ path: "data.MODE", before: "fast", after: "slow", secret: false }]],
      ["Secret", [{ path: "data.DB_PASSWORD", secret: true }]],
    ]),
  );
  await deploy(ada, { variables });
  expect(await settled(ada, path)).toMatchObject({ revision: 2, state: "applied" });
  const compared = await browser.ask("GET", `${path}/revisions/2/changes?since=1`);
  expect(JSON.stringify(compared.body)).toContain("data.MODE");

  await browser.ask("POST", `${path}/rollback`, { revision: 1, expected_revision: 2 });
  expect(await settled(ada, path)).toMatchObject({ revision: 3, state: "applied" });
  expect((await all.object("ConfigMap", namespace, "web-config"))?.data).toEqual({ MODE: "fast" });
  const secret = (await all.object("Secret", namespace, "web-secret"))?.data as { DB_PASSWORD: string };
  expect(Buffer.from(secret.DB_PASSWORD, "base64").toString()).toBe(SECRET);
  const { body } = await browser.ask("GET", `${path}/revisions`);
  expect(body.items).toMatchObject([
    { revision: 3, act: "rollback", detail: "revision 1", made_by: browser.email },
    { revision: 2, act: "deploy" },
    { revision: 1, act: "deploy" },
  ]);

  expect((await browser.ask("DELETE", path)).status).toBe(202);
  expect(await settled(ada, path)).toBeUndefined();
  for (const kind of ["Deployment", "Service"]) expect(await all.object(kind, namespace, "web")).toBeUndefined();
});

test("a secret of a deployment is in no answer, row, log line or manifest; E22 F9: manifests are kept by cluster and namespace", async () => {
  const ada = await all.tenant();
  const { browser, clusterId, namespace } = ada;
  const path = pathOf(await deploy(ada));
  await settled(ada, path);
  const preview = await browser.ask("POST", `/api/kubernetes/clusters/${clusterId}/preview`, {
    project_id: ada.projectId,
  });
  const manifests = await browser.ask("GET", `${path}/revisions/1/manifests`);
  const files = manifests.body.items as { path: string; text: string }[];
  expect(files.map((file) => file.path)).toContain(`${clusterId}/${namespace}/web-deployment.yaml`);
  expect(files.find((file) => file.path.endsWith("-secret.yaml"))?.text).toContain("DB_PASSWORD: REDACTED");
  const rows = await all.world.postgres.query("select *, encode(sealed, 'escape') as text from studio.revisions");
  const lines = await all.world.postgres.query("select line from studio.audit_rows");
  const seen = [preview, manifests, await browser.ask("GET", path), await browser.ask("GET", `${path}/revisions`)];
  for (const one of [...seen, rows, lines, all.world.log.lines]) {
    expect(JSON.stringify(one)).not.toContain(SECRET);
    expect(JSON.stringify(one)).not.toContain(Buffer.from(SECRET).toString("base64").slice(0, 30));
  }
});

test("E8: what a deployment gives no value by hand comes from the tenant's settings, before the compose file, and secrets stay secret", async () => {
  const ada = await all.tenant();
  const { browser, clusterId, namespace } = ada;
  await browser.ask("PUT", "/api/settings/MODE", { value: "from settings", secret: true });
  await browser.ask("PUT", "/api/settings/DB_PASSWORD", { value: "from settings", secret: true });
  const variables = [{ name: "DB_PASSWORD", value: `${SECRET}-by-hand` }];
  const preview = await browser.ask("POST", `/api/kubernetes/clusters/${clusterId}/preview`, {
    project_id: ada.projectId,
    variables,
  });
  expect(preview.body.variables).toEqual([
    { service: "web", name: "MODE", source: "settings", kind: "Secret", why: "marked", value: null },
    { service: "web", name: "DB_PASSWORD", source: "manual", kind: "Secret", why: "marked", value: null },
  ]);
  await settled(ada, pathOf(await deploy(ada, { variables })));
  const data = (await all.object("Secret", namespace, "web-secret"))?.data as Record<string, string>;
  const text = (name: string) => Buffer.from(data[name] ?? "", "base64").toString();
  expect([text("MODE"), text("DB_PASSWORD")]).toEqual(["from settings", `${SECRET}-by-hand`]);
});

test("the same idempotency key deploys once, and another request with it is refused", async () => {
  const ada = await all.tenant();
  const url = `/api/kubernetes/clusters/${ada.clusterId}/deploy`;
  const headers = { authorization: `Bearer ${ada.browser.accessToken}`, "idempotency-key": "build-17" };
  const body = { project_id: ada.projectId };
  const first = await all.world.ask("POST", url, body, headers);
  await settled(ada, pathOf(first));
  const second = await all.world.ask("POST", url, body, headers);
  expect([second.status, pathOf(second)]).toEqual([202, pathOf(first)]);
  expect((await all.world.ask("POST", url, { ...body, force: true }, headers)).body.code).toBe(
    "idempotency_key_reused",
  );
  expect((await ada.browser.ask("GET", `${pathOf(first)}/revisions`)).body.items).toHaveLength(1);
});

test("of two people who deploy from the same revision at once, one is told", async () => {
  const ada = await all.tenant();
  await settled(ada, pathOf(await deploy(ada)));
  const both = await Promise.all([1, 2].map(() => deploy(ada, { expected_revision: 1 })));
  expect(both.map(({ status }) => status).sort()).toEqual([202, 409]);
  expect(both.find(({ status }) => status === 409)?.body.code).toMatch(/^(version_conflict|deployment_busy)$/);
});

test("an API server that goes away while objects are applied: the reason is told, and the revision goes on when it is back", async () => {
  const ada = await all.tenant();
  await all.server.halt();
  const path = pathOf(await deploy(ada));
  const waiting = await latestWhen(ada, path, ({ reason }) => reason !== null);
  expect(waiting).toMatchObject({ state: "queued", reason: expect.stringMatching(/^The cluster cannot be used: /) });
  const status = await ada.browser.ask("GET", `${path}/status`);
  expect(status).toMatchObject({ status: 503, body: { code: "cluster_unavailable" } });
  await all.server.resume();
  expect(await settled(ada, path)).toMatchObject({ state: "applied", reason: null });
}, 120_000);

test("what a backend that was killed between apply and record left is taken up and recorded", async () => {
  const ada = await all.tenant();
  const path = pathOf(await deploy(ada));
  await settled(ada, path);
  const id = path.split("/").at(-1);
  const asKilled = "state = 'applying', done = 0, outcomes = '[]', finished_at = null, lease = gen_random_uuid()";
  await all.world.postgres.query(
    `update studio.revisions set ${asKilled}, lease_until = now() - interval '1 second' where deployment_id = '${id}'`,
  );
  const latest = await settled(ada, path);
  expect(latest).toMatchObject({ revision: 1, state: "applied" });
  expect(latest?.done).toBe(latest?.total);
});

test("objects of somebody else are a refusal that names them, and are taken over only where that is said", async () => {
  const ada = await all.tenant();
  const { namespace } = ada;
  await all.admin.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const labels = { theirs: "yes" };
  const metadata = { name: "web-config", namespace, labels };
  await all.admin.apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { MODE: "theirs" } });
  const path = pathOf(await deploy(ada));
  expect(await settled(ada, path)).toMatchObject({
    state: "failed",
    reason: "ConfigMap web-config: ConfigMap web-config exists, and somebody else made it",
  });
  expect(await all.object("Deployment", namespace, "web")).toBeUndefined();
  await deploy(ada, { force: true });
  expect(await settled(ada, path)).toMatchObject({ revision: 2, state: "applied" });
});

test("a service is scaled and restarted, and keeps its number of pods", async () => {
  const ada = await all.tenant();
  const { namespace, browser } = ada;
  const path = pathOf(await deploy(ada));
  await settled(ada, path);
  expect((await browser.ask("POST", `${path}/scale`, { service: "web", replicas: 3 })).status).toBe(202);
  await settled(ada, path);
  expect((await all.object("Deployment", namespace, "web"))?.spec).toMatchObject({ replicas: 3 });
  await browser.ask("POST", `${path}/restart`, {});
  expect(await settled(ada, path)).toMatchObject({ revision: 3, state: "applied" });
  const restarted = await all.object("Deployment", namespace, "web");
  expect(JSON.stringify(restarted?.spec)).toContain("nexus.dev/restarted-at");
  expect((restarted?.spec as { replicas: number }).replicas).toBe(3);
  const unknown = await browser.ask("POST", `${path}/scale`, { service: "nobody", replicas: 1 });
  expect([unknown.status, unknown.body.code]).toEqual([422, "service_unchangeable"]);
});

test("E28: targets one after another: the failure of one stops those after it, and each has a state of its own", async () => {
  const ada = await all.tenant();
  const { browser, clusterId, projectId, namespace } = ada;
  const kubeconfig = all.server.kubeconfig(all.server.userToken);
  const weak = idOf(await addCluster(ada, kubeconfig, { name: "Weak" }));
  const targets = [clusterId, weak, clusterId].map((id, index) => ({
    cluster_id: id,
    namespace: `${namespace}-${index}`,
    variables: [{ name: "MODE", value: `mode-${index}` }],
  }));
  const body = { project_id: projectId, targets };
  const rollout = await browser.ask("POST", "/api/kubernetes/rollouts", body);
  const paths = (rollout.body.items as { deployment_id: string }[]).map((one) => `${DEPLOYMENTS}/${one.deployment_id}`);
  const states = await Promise.all(paths.map((path) => settled(ada, path)));
  expect(states.map((one) => one?.state)).toEqual(["applied", "failed", "skipped"]);
  expect(states[2]?.reason).toMatch(/^Another target failed/);
  expect((await all.object("ConfigMap", `${namespace}-0`, "web-config"))?.data).toEqual({ MODE: "mode-0" });
  const together = await browser.ask("POST", "/api/kubernetes/rollouts", { ...body, in_turn: false });
  expect(together.status).toBe(202);
  expect((await settled(ada, paths[0] ?? ""))?.state).toBe("applied");
  expect((await settled(ada, paths[1] ?? ""))?.state).toBe("failed");
});

test("E28: values of a target are kept with the project, count wherever it is deployed there, and secrets of it are never shown", async () => {
  const ada = await all.tenant();
  const { browser, clusterId, projectId, namespace } = ada;
  const path = `${PROJECTS}/${projectId}`;
  const there = { cluster_id: clusterId, namespace: `${namespace}-there` };
  const project = {
    name: "Shop",
    namespace,
    files: [{ name: "compose.yaml", text: shop() }],
    variables: [],
    version: 1,
  };
  const variables = [
    { name: "MODE", value: "there" },
    { name: "DB_PASSWORD", value: `${SECRET}-there` },
  ];
  await browser.ask("PUT", path, { ...project, targets: [{ ...there, variables }] });
  const shown = await browser.ask("GET", path);
  expect(shown.body.targets).toMatchObject([{ ...there, variables: [{ value: "there" }, { value: null }] }]);
  // A secret that is left out stays, and so do targets that are.
  const kept = [{ name: "MODE", value: "here" }, { name: "DB_PASSWORD" }];
  await browser.ask("PUT", path, { ...project, version: 2, targets: [{ ...there, variables: kept }] });
  await browser.ask("PUT", path, { ...project, version: 3 });
  const [usual, own] = await Promise.all(
    [{}, { namespace: there.namespace }].map(async (more) => pathOf(await deploy(ada, more))),
  );
  await Promise.all([settled(ada, usual ?? ""), settled(ada, own ?? "")]);
  const modes = [namespace, there.namespace].map((one) => all.object("ConfigMap", one, "web-config"));
  expect((await Promise.all(modes)).map((one) => one?.data)).toEqual([{ MODE: "fast" }, { MODE: "here" }]);
  const secret = (await all.object("Secret", there.namespace, "web-secret"))?.data as { DB_PASSWORD: string };
  expect(Buffer.from(secret.DB_PASSWORD, "base64").toString()).toBe(`${SECRET}-there`);
  const of = `${DEPLOYMENTS}?project_id=${projectId}`;
  expect((await browser.ask("GET", of)).body.items).toHaveLength(2);
  expect((await browser.ask("GET", `${DEPLOYMENTS}?project_id=${clusterId}`)).body.items).toEqual([]);
});

test("old revisions go once newer ones are applied, and volumes that they left are still deleted with the deployment", async () => {
  const data = 'volumes: ["data:/data"]';
  const volume = `${shop()}    ${data}\n  other:\n    image: busybox\n    ${data}\nvolumes: { data: }\n`;
  const ada = await all.tenant(volume);
  const { browser, projectId, namespace } = ada;
  const path = pathOf(await deploy(ada));
  await settled(ada, path);
  const claim = async () =>
    (await all.object("PersistentVolumeClaim", namespace, "data"))?.metadata as
      { deletionTimestamp?: string } | undefined;
  expect(await claim()).toEqual(expect.not.objectContaining({ deletionTimestamp: expect.anything() }));
  const files = [{ name: "compose.yaml", text: shop() }];
  await browser.ask("PUT", `${PROJECTS}/${projectId}`, { name: "Shop", namespace, files, version: 1 });
  for (let revision = 2; revision <= KEPT + 2; revision += 1) {
    await (revision === 2 ? deploy(ada) : browser.ask("POST", `${path}/restart`, {}));
    expect(await settled(ada, path)).toMatchObject({ revision, state: "applied" });
  }
  const { items } = (await browser.ask("GET", `${path}/revisions`)).body as { items: { revision: number }[] };
  expect(items.map(({ revision }) => revision)).toEqual([6, 5, 4, 3]);
  expect(await browser.ask("POST", `${path}/rollback`, { revision: 2 })).toMatchObject({ status: 404 });
  await browser.ask("DELETE", `${path}?volumes=true`);
  expect(await settled(ada, path)).toBeUndefined();
  // Its finalizer is taken away by a controller, which this server has not.
  expect((await claim()) ?? { deletionTimestamp: "gone" }).toHaveProperty("deletionTimestamp");
});

test("a namespace that is terminating refuses a deployment in the words of the cluster", async () => {
  const ada = await all.tenant(shop("nginx:1.30"));
  const { namespace } = ada;
  // Without a controller the namespace never ends.
  await all.admin.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  await all.admin.delete({ apiVersion: "v1", kind: "Namespace", name: namespace });
  const latest = await settled(ada, pathOf(await deploy(ada)));
  expect(latest).toMatchObject({ state: "failed", reason: expect.stringContaining("being terminated") });
});
