import {
  accountObjects,
  ApiTransport,
  checkCluster,
  ApiRefusal,
  type ClusterObject,
  idOf,
  ObjectClient,
  podLogs,
  readAll,
  readKubeconfig,
} from "@nexus/clusters";
import { clusterRights, namespaceRights, type Right, rulesOf } from "@nexus/contract";
import { ApiClusterReader } from "@nexus/discovery";
import { startApiServer, type TestApiServer } from "@nexus/testkit/api-server";
import { waitFor } from "@nexus/testkit/server-process";
import { scanApi } from "../src/clusters/scan-api";
import { here } from "./cluster-world";

const NAMESPACE = "team-a";
const all = [...namespaceRights, ...clusterRights];
const labels = { app: "web" };
const template = {
  metadata: { labels },
  spec: { containers: [{ name: "web", image: "nginx" }], restartPolicy: "Always" },
};
const workload = { selector: { matchLabels: labels }, template };
const port = { name: "http", port: 80 };

/** One object of each kind that deployments have, by resource: its version, its kind and what is in it. */
const applied: Readonly<Record<string, readonly [string, string, object]>> = {
  services: ["v1", "Service", { spec: { selector: labels, ports: [port] } }],
  configmaps: ["v1", "ConfigMap", { data: { MODE: "test" } }],
  secrets: ["v1", "Secret", { stringData: { KEY: "secret" } }],
  persistentvolumeclaims: [
    "v1",
    "PersistentVolumeClaim",
    { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
  ],
  deployments: ["apps/v1", "Deployment", { spec: workload }],
  statefulsets: ["apps/v1", "StatefulSet", { spec: { ...workload, serviceName: "web" } }],
  daemonsets: ["apps/v1", "DaemonSet", { spec: workload }],
  jobs: ["batch/v1", "Job", { spec: { template: { spec: { ...template.spec, restartPolicy: "Never" } } } }],
  horizontalpodautoscalers: [
    "autoscaling/v2",
    "HorizontalPodAutoscaler",
    { spec: { maxReplicas: 2, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } } },
  ],
  ingresses: [
    "networking.k8s.io/v1",
    "Ingress",
    { spec: { defaultBackend: { service: { name: "web", port: { number: 80 } } } } },
  ],
  networkpolicies: ["networking.k8s.io/v1", "NetworkPolicy", { spec: { podSelector: {} } }],
};

let server: TestApiServer;
const transports: ApiTransport[] = [];
beforeAll(async () => {
  server = await startApiServer();
  await admin().apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  await admin().apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web-0", namespace: NAMESPACE },
    spec: { containers: [{ name: "web", image: "nginx" }], nodeName: "node-a" },
  } as ClusterObject);
});
afterAll(async () => {
  await Promise.all(transports.map((transport) => transport.close()));
  await server?.stop();
});

function transportOf(token: string): ApiTransport {
  const rules = { privateNetworks: [], ownNetworks: [], ports: [server.port] };
  const limits = { timeoutMs: 10_000, maxAnswerBytes: 4_000_000 };
  const transport = new ApiTransport(readKubeconfig(server.kubeconfig(token)), { rules, lookup: here, ...limits });
  transports.push(transport);
  return transport;
}
const admin = () => new ObjectClient(transportOf(server.adminToken), "tests");

interface One {
  readonly right: Right;
  readonly verb: string;
}

/** Whether the server grants it already: it learns of changed Roles a little later. */
async function isGranted({ right: { group, resource: name }, verb }: One): Promise<boolean> {
  const [resource, subresource] = name.split("/");
  const namespace = name === "nodes" ? undefined : NAMESPACE;
  const answer = await transportOf(server.userToken).request("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ spec: { resourceAttributes: { namespace, verb, group, resource, subresource } } }),
  });
  return (JSON.parse(String(await readAll(answer))) as { status: { allowed: boolean } }).status.allowed;
}

let before: One | undefined;
/** Gives the user of the tests the account's rights, one of them left out. */
async function grant(leftOut?: One): Promise<void> {
  const kept = (rights: readonly Right[]) =>
    rulesOf(
      rights.map((right) =>
        right === leftOut?.right ? { ...right, verbs: right.verbs.filter((verb) => verb !== leftOut.verb) } : right,
      ),
    ).filter(({ verbs }) => verbs.length > 0);
  for (const object of accountObjects([NAMESPACE])) {
    const subjects = [{ kind: "User", name: "somebody", apiGroup: "rbac.authorization.k8s.io" }];
    if (object.kind.endsWith("Binding")) await admin().apply({ ...object, subjects }, { force: true });
    if (object.kind === "Role") await admin().apply({ ...object, rules: kept(namespaceRights) }, { force: true });
    if (object.kind === "ClusterRole") await admin().apply({ ...object, rules: kept(clusterRights) }, { force: true });
  }
  const last = all.at(-1);
  const granted = [before, last && { right: last, verb: "list" }].flatMap((one) =>
    one && one.right !== leftOut?.right ? [one] : [],
  );
  await waitFor("the server knows the rights", async () => {
    const are = await Promise.all(granted.map(isGranted));
    if (are.includes(false) || (leftOut && (await isGranted(leftOut)))) throw new Error("not yet");
  });
  before = leftOut;
}

async function everyOne(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const item of items) all.push(item);
  return all;
}

let made = 0;
/** What the features do with the objects of a right; it fails, or says what it misses, without one of the verbs. */
async function use({ resource }: Right): Promise<void> {
  const transport = transportOf(server.userToken);
  const credential = readKubeconfig(server.kubeconfig(server.userToken));
  const api = scanApi(transport, credential, AbortSignal.timeout(20_000));
  if (resource === "nodes" && (await checkCluster(transport, 10_000)).nodeCount === null) throw new Error("no nodes");
  if (resource === "namespaces") await api.requireNamespace(NAMESPACE);
  if (resource === "services") await new ApiClusterReader(api).read(NAMESPACE);
  const client = new ObjectClient(transport, "nexus");
  const of = { apiVersion: "v1", namespace: NAMESPACE };
  if (resource === "pods") {
    expect((await new ApiClusterReader(api).read(NAMESPACE)).notes).toEqual([]);
    await client.get({ ...of, kind: "Pod", name: "web-0" });
  }
  if (resource === "pods/log")
    await podLogs(transport, { namespace: NAMESPACE, pod: "web-0", container: undefined, tail: 1 }).catch(
      (error: unknown) => {
        // There is no kubelet that could have a log.
        if (!(error instanceof ApiRefusal) || error.status === 403) throw error;
      },
    );
  if (resource === "events") await everyOne(client.list({ ...of, kind: "Event" }, ""));
  if (resource === "persistentvolumeclaims")
    await everyOne(client.list({ ...of, kind: "PersistentVolumeClaim" }, "nexus.dev/deployment"));
  if (resource === "endpointslices") await api.page("endpointslices.discovery.k8s.io", NAMESPACE, undefined);
  if (resource === "pods/portforward")
    await api
      .connectToPod({ namespace: NAMESPACE, pod: "web-0", port: 80 }, AbortSignal.timeout(10_000))
      .catch((error: Error) => {
        // There is no kubelet that could forward a port.
        if (error.message.includes("may not")) throw error;
      });
  const [apiVersion, kind, content] = applied[resource] ?? [];
  if (!apiVersion || !kind) return;
  // Claims stay until a controller has seen that they go, and there is none.
  const metadata = { name: `web-${(made += 1)}`, namespace: NAMESPACE };
  const object = { apiVersion, kind, metadata, ...content } as ClusterObject;
  await client.get(idOf(object));
  await client.apply(object, { dryRun: true });
  await client.apply(object);
  await client.apply({ ...object, metadata: { ...metadata, labels } });
  await client.delete(idOf(object));
}

const each = all.flatMap((right) =>
  right.verbs.map((verb) => [verb, [right.resource, right.group].filter(Boolean).join("."), right] as const),
);

test("E20 X15: every feature works with the rights of the account", async () => {
  await grant();
  for (const right of all) await use(right);
});

test.each(each)("E20 X15: without the right to %s %s something does not work", async (verb, _name, right) => {
  await grant({ right, verb });
  await expect(use(right)).rejects.toThrow();
});
