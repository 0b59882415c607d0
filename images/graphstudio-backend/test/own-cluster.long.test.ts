import type { ObjectClient } from "@nexus/clusters";
import type { TestApiServer } from "@nexus/testkit/api-server";
import type { BackendWorld } from "./backend-world";
import { addCluster, CLUSTERS, member, owner, type Person } from "./cluster-world";
import { DEPLOYMENTS, pathOf, PROJECTS, settled, shop } from "./deploy-world";
import { NAMESPACES, OwnWorld, PLATFORM } from "./own-world";
import { scanCluster } from "./scan-world";

let all: OwnWorld;
let server: TestApiServer;
let world: BackendWorld;
let admin: ObjectClient;
let tenants: string[];

beforeAll(async () => {
  all = await OwnWorld.start();
  ({ server, world, admin, tenants } = all);
  await all.database(PLATFORM, "postgres-service", 5432);
}, 180_000);
afterAll(() => all?.stop());

interface Cluster {
  readonly cluster_id: string;
  readonly name: string;
  readonly namespace: string;
  readonly own: boolean;
}

const clustersOf = async ({ browser }: Person) => (await browser.ask("GET", CLUSTERS)).body.items as Cluster[];

interface Tenant extends Person {
  readonly clusterId: string;
  readonly projectId: string;
}

/** Somebody whose tenant may use the cluster, with a project. */
async function tenant(): Promise<Tenant> {
  const person = await owner(world);
  tenants.push(person.tenantId);
  const project = { name: "Shop", namespace: "shop", files: [{ name: "compose.yaml", text: shop() }] };
  const { body } = await person.browser.ask("POST", PROJECTS, project);
  const [own] = await clustersOf(person);
  return { ...person, clusterId: own?.cluster_id ?? "", projectId: String(body.project_id) };
}

const deploy = ({ browser, clusterId, projectId }: Tenant, more: object = {}) =>
  browser.ask("POST", `${CLUSTERS}/${clusterId}/deploy`, { project_id: projectId, ...more });

const preview = ({ browser, clusterId, projectId }: Tenant) =>
  browser.ask("POST", `${CLUSTERS}/${clusterId}/preview`, { project_id: projectId });

/** Once a deployment is there, it is deleted. */
async function remove({ browser }: Tenant, path: string): Promise<void> {
  await settled({ browser } as Person, path);
  expect((await browser.ask("DELETE", path)).status).toBe(202);
  expect(await settled({ browser } as Person, path)).toBeUndefined();
}

/** The two tenants that have the two namespaces, each with a deployment of the same project. */
let both: Promise<readonly { readonly who: Tenant; readonly path: string }[]> | undefined;
const deployed = () =>
  (both ??= (async () => {
    const made: { who: Tenant; path: string }[] = [];
    while (made.length < NAMESPACES.length) {
      const who = await tenant();
      const path = pathOf(await deploy(who));
      expect(await settled(who, path)).toMatchObject({ state: "applied", reason: null });
      made.push({ who, path });
    }
    return made;
  })());

test("this cluster is there for the tenants that may use it, does not count, and cannot be removed", async () => {
  const [ada, eve] = [await owner(world), await owner(world)];
  tenants.push(ada.tenantId);
  const lists = await Promise.all([clustersOf(ada), clustersOf(ada)]);
  expect(lists[0]).toMatchObject([{ name: "This cluster", own: true, namespace: "", status: "connected" }]);
  expect(lists[1]).toEqual(lists[0]);
  const path = `${CLUSTERS}/${lists[0]?.[0]?.cluster_id}`;
  expect(await ada.browser.ask("DELETE", path)).toMatchObject({ status: 409, body: { code: "cluster_kept" } });
  expect((await addCluster(ada, server.kubeconfig(server.userToken))).status).toBe(201);
  expect((await clustersOf(ada)).map(({ own }) => own)).toEqual([true, false]);
  expect(await clustersOf(eve)).toEqual([]);
  expect((await eve.browser.ask("GET", path)).status).toBe(404);
  const viewer = await member(world, ada, "viewer");
  expect(await clustersOf(viewer)).toEqual(await clustersOf(ada));
});

test("a tenant that gave the name to a cluster of its own has both, and who may not use it any more has one", async () => {
  const ada = await owner(world);
  await addCluster(ada, server.kubeconfig(server.userToken), { name: "This cluster" });
  tenants.push(ada.tenantId);
  const [own] = await clustersOf(ada);
  expect(own).toMatchObject({ name: "This cluster (2)", own: true });
  tenants.pop();
  expect((await clustersOf(ada)).map(({ name }) => name)).toEqual(["This cluster"]);
  expect((await ada.browser.ask("POST", `${CLUSTERS}/${own?.cluster_id}/check`)).status).toBe(404);
});

test("previews take no namespace, whoever asks first", async () => {
  for (const who of [await tenant(), await tenant(), await tenant()]) {
    const { status, body } = await preview(who);
    const objects = body.objects as { id: { name: string; namespace?: string } }[];
    expect(status).toBe(200);
    expect(new Set(objects.map(({ id }) => id.namespace ?? id.name))).toEqual(new Set([NAMESPACES[0]]));
    expect((await clustersOf(who))[0]?.namespace).toBe("");
  }
  expect(await world.postgres.query("select from studio.tenant_namespaces")).toEqual([]);
});

test("of tenants that deploy at once, each gets a namespace of its own or is told that there is none", async () => {
  const many = [await tenant(), await tenant(), await tenant()];
  const answers = await Promise.all(many.map((who) => deploy(who)));
  expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, 409]);
  for (const [index, answer] of answers.entries()) {
    const who = many[index];
    if (who && answer.status === 202) await remove(who, pathOf(answer));
  }
});

test("two tenants deploy the same project, each into a namespace of its own, and a third is told that there is none", async () => {
  const two = await deployed();
  for (const [index, { who }] of two.entries()) {
    const [own] = await clustersOf(who);
    expect(own?.namespace).toBe(NAMESPACES[index]);
    const name = { kind: "ConfigMap", name: "web-config" };
    expect(await admin.get({ apiVersion: "v1", ...name, namespace: NAMESPACES[index] ?? "" })).toBeDefined();
  }
  const late = await tenant();
  expect((await preview(late)).body.code).toBe("limit_reached");
  const third = await deploy(late);
  expect(third).toMatchObject({ status: 409, body: { code: "limit_reached" } });
  expect(third.body.detail).toContain("nexus:clusters.ownNamespaces");
});

test.each([PLATFORM, "shop", NAMESPACES[1] ?? ""])("nothing is deployed to the namespace %s", async (namespace) => {
  const [first] = await deployed();
  if (!first) throw new Error("there is no tenant");
  const answer = await deploy(first.who, { namespace });
  expect(answer).toMatchObject({ status: 422, body: { code: "namespace_fixed" } });
});

test("a service of a project does not leave the tenant's namespace", async () => {
  const [ada] = await deployed();
  if (!ada) throw new Error("there is no tenant");
  const compose = `${shop()}    x-nexus: { namespace: ${NAMESPACES[1]} }\n`;
  const project = { name: "Leaves", files: [{ name: "compose.yaml", text: compose }] };
  const { body } = await ada.who.browser.ask("POST", PROJECTS, project);
  for (const act of ["deploy", "preview"])
    expect(
      await ada.who.browser.ask("POST", `${CLUSTERS}/${ada.who.clusterId}/${act}`, { project_id: body.project_id }),
    ).toMatchObject({ status: 422, body: { code: "namespace_fixed", detail: expect.stringContaining("x-nexus") } });
});

test("tenants that share the cluster neither see nor touch each other's deployments, pods, logs and namespaces", async () => {
  const [ada, eve] = await deployed();
  if (!ada || !eve) throw new Error("there are no tenants");
  const { items } = (await ada.who.browser.ask("GET", DEPLOYMENTS)).body as { items: { deployment_id: string }[] };
  expect(items.map(({ deployment_id: id }) => `${DEPLOYMENTS}/${id}`)).toEqual([ada.path]);
  for (const [method, path] of [
    ["GET", ""],
    ["GET", "/status"],
    ["GET", "/pods/web/logs"],
    ["POST", "/restart"],
    ["DELETE", ""],
  ] as const)
    expect((await ada.who.browser.ask(method, eve.path + path, method === "POST" ? {} : undefined)).status).toBe(404);
  expect((await ada.who.browser.ask("GET", `${CLUSTERS}/${eve.who.clusterId}`)).status).toBe(404);
  const logs = `${ada.path}/pods/theirs/logs?namespace=${NAMESPACES[1]}`;
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "theirs", namespace: NAMESPACES[1] ?? "" } };
  await admin.apply({
    ...pod,
    spec: { containers: [{ name: "a", image: "a", resources: { limits: { cpu: "1", memory: "1Gi" } } }] },
  });
  expect((await ada.who.browser.ask("GET", logs)).body.code).toBe("pod_not_found");
  const scan = await scanCluster(ada.who, ada.who.clusterId, { namespaces: [NAMESPACES[1]] });
  expect(scan).toMatchObject({ status: 404, body: { code: "cluster_namespace_not_found" } });
});

test("a scan finds the tenant's databases, and never the platform's, which hold the data of all tenants", async () => {
  const [ada] = await deployed();
  if (!ada) throw new Error("there is no tenant");
  const [own = ""] = NAMESPACES;
  await all.database(own, "cache", 6379);
  const { lines } = await scanCluster(ada.who, ada.who.clusterId);
  expect(lines.filter(({ kind }) => kind === "finding")).toMatchObject([
    { namespace: own, type: "redis", service: "cache" },
  ]);
  const { infra_scans: scans } = (lines.at(-1) as unknown as { cluster: { infra_scans: object } }).cluster;
  expect(Object.keys(scans)).toEqual([own]);
  const asked = await scanCluster(ada.who, ada.who.clusterId, { namespaces: [PLATFORM] });
  expect(asked).toMatchObject({ status: 404, body: { code: "cluster_namespace_not_found" } });
});

test("a tenant that has no namespace yet is told how to get one, and a scan takes none", async () => {
  await deployed();
  const third = await tenant();
  const { status, body } = await scanCluster(third, third.clusterId);
  expect([status, body.code]).toEqual([404, "cluster_namespace_not_found"]);
  expect(body.detail).toContain("with its first deployment");
});

test("the token may do in the tenants' namespaces what the shipped Role allows but Ingresses, and nothing in the platform's", async () => {
  const client = all.thief();
  const config = (namespace: string) => ({
    ...{ apiVersion: "v1", kind: "ConfigMap" },
    metadata: { name: "mine", namespace },
  });
  await client.apply(config(NAMESPACES[0] ?? ""));
  const refused = { status: 403 };
  await expect(client.apply(config(PLATFORM))).rejects.toMatchObject(refused);
  await expect(client.apply(config("default"))).rejects.toMatchObject(refused);
  const ingress = { ...config(NAMESPACES[0] ?? ""), apiVersion: "networking.k8s.io/v1", kind: "Ingress" };
  const backend = { service: { name: "web", port: { number: 80 } } };
  await expect(client.apply({ ...ingress, spec: { defaultBackend: backend } })).rejects.toMatchObject(refused);
  for (const kind of ["Secret", "Pod", "ConfigMap", "Service"])
    await expect(client.list({ apiVersion: "v1", kind, namespace: PLATFORM }, "").next()).rejects.toMatchObject(
      refused,
    );
});

test("nothing of the token is in the database or in the log", async () => {
  await deployed();
  const rows = await world.postgres.query("select *, encode(sealed, 'escape') as text from studio.clusters");
  const text = JSON.stringify([rows, world.log.lines]);
  expect(rows.some(({ own }) => own === true)).toBe(true);
  expect(text).not.toContain(all.token.slice(-40));
});

test.each(["https://10.96.0.1", "https://10.96.0.1:443", "https://10.1.0.10"])(
  "a kubeconfig never leads to the platform's own API server: %s is refused, although its network is allowed",
  async (url) => {
    const ada = await owner(world);
    const kubeconfig = server.kubeconfig(server.adminToken).replaceAll(server.url, url);
    expect((await addCluster(ada, kubeconfig)).body).toMatchObject({
      code: "kubeconfig_refused",
      detail: expect.stringContaining("belongs to the platform"),
    });
  },
);

test("a namespace is free again once its tenant has nothing there any more, volumes neither", async () => {
  const [, eve] = await deployed();
  if (!eve) throw new Error("there is no tenant");
  const { browser } = eve.who;
  const [, namespace = ""] = NAMESPACES;
  const data = 'volumes: ["data:/data"]';
  const compose = `${shop()}    ${data}\n  other: { image: busybox, ${data} }\nvolumes: { data: }\n`;
  const files = [{ name: "compose.yaml", text: compose }];
  const { body } = await browser.ask("POST", PROJECTS, { name: "Stores", files });
  const stores = { ...eve.who, projectId: String(body.project_id) };
  await remove(eve.who, eve.path);
  expect((await clustersOf(eve.who))[0]?.namespace).toBe("");
  await remove(stores, pathOf(await deploy(stores)));
  const late = await tenant();
  // The volume is still there.
  expect((await deploy(late)).body.code).toBe("limit_reached");
  expect((await clustersOf(eve.who))[0]?.namespace).toBe(namespace);
  await admin.delete({ apiVersion: "v1", kind: "PersistentVolumeClaim", name: "data", namespace });
  await remove(eve.who, pathOf(await deploy(eve.who)));
  expect((await clustersOf(eve.who))[0]?.namespace).toBe("");
  const path = pathOf(await deploy(late));
  expect(await settled(late, path)).toMatchObject({ state: "applied", reason: null });
  expect((await clustersOf(late))[0]?.namespace).toBe(namespace);
});

test("a namespace stays with its tenant when the tenant is deleted", async () => {
  const [ada] = await deployed();
  if (!ada) throw new Error("there is no tenant");
  await world.postgres.query(`delete from studio.tenants where id = '${ada.who.tenantId}'`);
  expect((await deploy(await tenant())).body.code).toBe("limit_reached");
});
