import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiTransport, type ClusterObject, ObjectClient, readAll, readKubeconfig } from "@nexus/clusters";
import { standardNames, tenantNamespaces } from "@nexus/contract";
import { startApiServer, type TestApiServer } from "@nexus/testkit/api-server";
import { buildBundle } from "@nexus/testkit/bundle";
import { OwnCluster } from "../../../components/own-cluster";
import { recordComponents } from "../../../tests/support/recorded-stack";
import { BackendWorld } from "./backend-world";
import { addCluster, CLUSTERS, here, member, owner, type Person } from "./cluster-world";
import { DEPLOYMENTS, pathOf, PROJECTS, settled, shop } from "./deploy-world";
import { scanCluster } from "./scan-world";

const PLATFORM = "nexus";
const NAMESPACES = tenantNamespaces(PLATFORM, 2);
/** Ids of tenants that may use the cluster. */
const tenants: string[] = [];
let server: TestApiServer;
let world: BackendWorld;
let folder: string;
let token: string;
let transport: ApiTransport;
let admin: ObjectClient;

beforeAll(async () => {
  const [started, bundle] = await Promise.all([startApiServer(), buildBundle("graphstudio-backend")]);
  server = started;
  folder = await mkdtemp(join(tmpdir(), "nexus-own-cluster-"));
  transport = transportOf(server.adminToken);
  admin = new ObjectClient(transport, "stack");
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: PLATFORM } };
  const account = { name: standardNames.backend, namespace: PLATFORM };
  await admin.apply(namespace);
  await admin.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: account });
  await database(PLATFORM, "postgres-service", 5432);
  const stack = await recordComponents(
    () =>
      new OwnCluster("own", {
        namespace: PLATFORM,
        names: standardNames,
        namespaces: NAMESPACES,
      }),
  );
  for (const object of stack.manifests) await admin.apply(object as unknown as ClusterObject);
  token = await tokenOf(account);
  await writeFile(join(folder, "token"), token);
  await writeFile(join(folder, "ca.crt"), server.authority);
  const settings = {
    CLUSTER_PORTS: `443,${server.port}`,
    CLUSTER_PRIVATE_NETWORKS: "10.0.0.0/8",
    KUBERNETES_SERVICE_HOST: "10.96.0.1",
    CLUSTER_OWN_SERVERS: "10.1.0.8/30",
    CLUSTERS_PER_TENANT: "1",
  };
  const own = { tenants, folder, server: server.url, namespaces: NAMESPACES };
  world = await BackendWorld.start(settings, here, join(bundle, "convert-worker.js"), own);
}, 180_000);
afterAll(async () => {
  await world?.stop();
  await transport?.close();
  await server?.stop();
  if (folder) await rm(folder, { recursive: true });
});

/** A Service whose port is that of a database. */
const database = (namespace: string, name: string, port: number) =>
  admin.apply({
    ...{ apiVersion: "v1", kind: "Service", metadata: { name, namespace } },
    spec: { selector: { app: "x" }, ports: [{ port }] },
  });

function transportOf(of: string): ApiTransport {
  const rules = { privateNetworks: [], ownNetworks: [], ports: [server.port] };
  const limits = { timeoutMs: 10_000, maxAnswerBytes: 4_000_000 };
  return new ApiTransport(readKubeconfig(server.kubeconfig(of)), { rules, lookup: here, ...limits });
}

/** What the kubelet mounts. */
async function tokenOf({ namespace, name }: { namespace: string; name: string }): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const body = JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} });
  const headers = { "content-type": "application/json" };
  const answer = await transport.request(path, { method: "POST", headers, body });
  return (JSON.parse(String(await readAll(answer))) as { status: { token: string } }).status.token;
}

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

/** The two tenants that have the two namespaces, each with a deployment of the same project. */
let both: Promise<readonly { readonly who: Tenant; readonly path: string }[]> | undefined;
const deployed = () =>
  (both ??= (async () => {
    const all: { who: Tenant; path: string }[] = [];
    while (all.length < NAMESPACES.length) {
      const who = await tenant();
      const path = pathOf(await deploy(who));
      expect(await settled(who, path)).toMatchObject({ state: "applied", reason: null });
      all.push({ who, path });
    }
    return all;
  })());

test("this cluster is there for the tenants that may use it, does not count, and cannot be removed", async () => {
  const [ada, eve] = [await owner(world), await owner(world)];
  tenants.push(ada.tenantId);
  const all = await Promise.all([clustersOf(ada), clustersOf(ada)]);
  expect(all[0]).toMatchObject([{ name: "This cluster", own: true, namespace: "", status: "connected" }]);
  expect(all[1]).toEqual(all[0]);
  const path = `${CLUSTERS}/${all[0]?.[0]?.cluster_id}`;
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

test("two tenants deploy the same project, each into a namespace of its own, and a third is told that there is none", async () => {
  const all = await deployed();
  for (const [index, { who }] of all.entries()) {
    const [own] = await clustersOf(who);
    expect(own?.namespace).toBe(NAMESPACES[index]);
    const name = { kind: "ConfigMap", name: "web-config" };
    expect(await admin.get({ apiVersion: "v1", ...name, namespace: NAMESPACES[index] ?? "" })).toBeDefined();
  }
  const third = await deploy(await tenant());
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
  await database(own, "cache", 6379);
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
  expect(body.detail).toContain("with its first preview or deployment");
});

test("the token may do in the tenants' namespaces what the shipped Role allows but Ingresses, and nothing in the platform's", async () => {
  const client = new ObjectClient(transportOf(token), "thief");
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
  expect(text).not.toContain(token.slice(-40));
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

test("a namespace stays with its tenant when the tenant is deleted", async () => {
  const [ada] = await deployed();
  if (!ada) throw new Error("there is no tenant");
  await world.postgres.query(`delete from studio.tenants where id = '${ada.who.tenantId}'`);
  expect((await deploy(await tenant())).body.code).toBe("limit_reached");
});
