import type { LookupFunction } from "node:net";
import { startApiServer, type TestApiServer } from "@nexus/testkit/api-server";
import {
  applyDeployment,
  ApiTransport,
  type ClusterObject,
  idOf,
  ObjectClient,
  planDeployment,
  readKubeconfig,
  removeDeployment,
} from "../src";

let server: TestApiServer;
const transports: ApiTransport[] = [];
beforeAll(async () => {
  server = await startApiServer();
});
afterAll(async () => {
  await Promise.all(transports.map((transport) => transport.close()));
  await server?.stop();
});

const here: LookupFunction = (_host, options, callback) =>
  options.all === true ? callback(null, [{ address: "127.0.0.1", family: 4 }]) : callback(null, "127.0.0.1", 4);

function client(token = server.adminToken, manager = "nexus"): ObjectClient {
  const rules = { privateNetworks: [], ownNetworks: [], ports: [server.port] };
  const limits = { timeoutMs: 10_000, maxAnswerBytes: 4_000_000 };
  const transport = new ApiTransport(readKubeconfig(server.kubeconfig(token)), { rules, lookup: here, ...limits });
  transports.push(transport);
  return new ObjectClient(transport, manager);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

let count = 0;
/** A namespace of the test's own with what a small project becomes. */
function project(image = "nginx:1.29") {
  const namespace = `project-${(count += 1)}`;
  const object = (apiVersion: string, kind: string, name: string, rest: object): ClusterObject => ({
    apiVersion,
    kind,
    metadata: { name, namespace },
    ...rest,
  });
  const labels = { app: "web" };
  const template = (of: string) => ({
    metadata: { labels },
    spec: { containers: [{ name: "web", image: of, envFrom: [{ secretRef: { name: "web" } }] }] },
  });
  const parts = {
    namespace: { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } } as ClusterObject,
    web: (of = image) =>
      object("apps/v1", "Deployment", "web", { spec: { selector: { matchLabels: labels }, template: template(of) } }),
    config: (values: object = { MODE: "production" }) => object("v1", "ConfigMap", "web", { data: values }),
    secret: (value = "c2VjcmV0") => object("v1", "Secret", "web", { data: { KEY: value } }),
    volume: object("v1", "PersistentVolumeClaim", "data", {
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    }),
    service: object("v1", "Service", "web", { spec: { selector: labels, ports: [{ name: "http", port: 80 }] } }),
  };
  const { web, config, secret, volume, service, namespace: space } = parts;
  return { ...parts, id: namespace, everything: [web(), service, volume, secret(), config(), space] };
}

test("a deployment is applied in the order in which objects need each other, and again without any change", async () => {
  const { id: deploymentId, everything: objects } = project();
  const request = { deploymentId, objects, previous: [] };
  const kinds = (await planDeployment(client(), request)).map(({ id, change }) => `${change} ${id.kind}`);
  expect(kinds).toEqual(
    ["Namespace", "ConfigMap", "Secret", "PersistentVolumeClaim", "Service", "Deployment"].map(
      (kind) => `create ${kind}`,
    ),
  );
  const outcomes = await all(applyDeployment(client(), request));
  expect(outcomes.map(({ result }) => result)).toEqual(Array(6).fill("applied"));
  const again = await planDeployment(client(), { ...request, previous: objects.map(idOf) });
  expect(again.map(({ change }) => change)).toEqual(Array(6).fill("unchanged"));
});

test("pods carry the label of their deployment, so that they are found", async () => {
  const { id: deploymentId, everything: objects, web } = project();
  await all(applyDeployment(client(), { deploymentId, objects, previous: [] }));
  const live = await client().get(idOf(web()));
  expect(live).toMatchObject({
    metadata: { labels: { "nexus.dev/deployment": deploymentId } },
    spec: { template: { metadata: { labels: { app: "web", "nexus.dev/deployment": deploymentId } } } },
  });
});

test("the plan names each field that changes, tells of secrets only that they change, and deletes what is gone", async () => {
  const { id: deploymentId, everything, namespace, web, config, secret, volume, service } = project();
  await all(applyDeployment(client(), { deploymentId, objects: everything, previous: [] }));
  const objects = [namespace, web("nginx:1.30"), config({ MODE: "test" }), secret("b3RoZXI="), volume];
  const request = { deploymentId, objects, previous: everything.map(idOf) };
  const plan = await planDeployment(client(), request);
  const changed = plan.flatMap(({ id, change, fields }) => (change === "unchanged" ? [] : [[id.kind, change, fields]]));
  expect(changed).toEqual([
    ["ConfigMap", "update", [{ path: "data.MODE", before: "production", after: "test", secret: false }]],
    ["Secret", "update", [{ path: "data.KEY", secret: true }]],
    [
      "Deployment",
      "update",
      [
        {
          path: "spec.template.spec.containers[name=web].image",
          before: "nginx:1.29",
          after: "nginx:1.30",
          secret: false,
        },
      ],
    ],
    ["Service", "delete", []],
  ]);
  const outcomes = await all(applyDeployment(client(), request));
  expect(outcomes.at(-1)).toEqual({ id: idOf(service), result: "deleted" });
  expect(await client().get(idOf(service))).toBeUndefined();
});

test("what somebody else made, or another deployment, is neither overwritten nor deleted, unless that is said", async () => {
  const { id: deploymentId, everything, namespace, config, secret } = project();
  const own = client(undefined, "somebody-else");
  await own.apply(namespace);
  await own.apply(config({ MODE: "theirs" }));
  const request = { deploymentId, objects: everything, previous: [] };
  const plan = await planDeployment(client(), request);
  expect(plan.find(({ id }) => id.kind === "ConfigMap")?.refusal).toBe(
    "ConfigMap web exists, and somebody else made it",
  );
  expect(await all(applyDeployment(client(), request))).toEqual([
    { id: idOf(namespace), result: "applied" },
    { id: idOf(config()), result: "refused", message: "ConfigMap web exists, and somebody else made it" },
  ]);
  expect(await client().get(idOf(secret()))).toBeUndefined();
  const removal = { deploymentId, previous: everything.map(idOf), withVolumes: true };
  expect(await all(removeDeployment(client(), removal))).toEqual([]);
  const forced = await all(applyDeployment(client(), { ...request, force: true }));
  expect(forced.map(({ result }) => result)).toEqual(Array(6).fill("applied"));
  const others = await all(applyDeployment(client(), { ...request, deploymentId: "another" }));
  expect(others.at(-1)?.message).toBe(`ConfigMap web exists, and it belongs to the deployment ${deploymentId}`);
});

test("what the API server refuses is told in its words, and nothing after it is applied", async () => {
  const { id: deploymentId, namespace, config, web, service } = project();
  const wrong = { ...config(), data: { MODE: 5 } } as ClusterObject;
  const request = { deploymentId, objects: [namespace, web(), wrong, service], previous: [] };
  const outcomes = await all(applyDeployment(client(), request));
  expect(outcomes.map(({ id, result }) => `${id.kind} ${result}`)).toEqual(["Namespace applied", "ConfigMap refused"]);
  expect(outcomes.at(-1)?.message).toContain("ConfigMap");
  expect(await client().get(idOf(web()))).toBeUndefined();
});

test("volumes stay when a deployment is removed, unless they shall go", async () => {
  const { id: deploymentId, everything: objects, volume, namespace } = project();
  await all(applyDeployment(client(), { deploymentId, objects, previous: [] }));
  const previous = objects.map(idOf);
  const removed = await all(removeDeployment(client(), { deploymentId, previous, withVolumes: false }));
  expect(removed.map(({ id }) => id.kind)).toEqual(["Deployment", "Service", "Secret", "ConfigMap"]);
  expect(await client().get(idOf(volume))).toBeDefined();
  const rest = await all(removeDeployment(client(), { deploymentId, previous, withVolumes: true }));
  expect(rest.map(({ id }) => id.kind)).toEqual(["PersistentVolumeClaim"]);
  expect(await client().get(idOf(namespace))).toBeDefined();
});

test("rights of a namespace are enough where the namespace exists", async () => {
  const { id: deploymentId, everything: objects, namespace } = project();
  const admin = client();
  await admin.apply(namespace);
  const somebody = client(server.userToken);
  const refused = await all(applyDeployment(somebody, { deploymentId, objects, previous: [] }));
  expect(refused.at(-1)).toMatchObject({ id: { kind: "ConfigMap" }, result: "refused" });
  expect(refused.at(-1)?.message).toContain('User "somebody" cannot');
  const metadata = { name: "deployer", namespace: deploymentId };
  const verbs = ["get", "list", "create", "patch", "delete"];
  await admin.apply({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata,
    rules: [
      { apiGroups: [""], resources: ["configmaps", "secrets", "services", "persistentvolumeclaims"], verbs },
      { apiGroups: ["apps"], resources: ["deployments"], verbs },
    ],
  });
  await admin.apply({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata,
    subjects: [{ kind: "User", name: "somebody", apiGroup: "rbac.authorization.k8s.io" }],
    roleRef: { kind: "Role", name: "deployer", apiGroup: "rbac.authorization.k8s.io" },
  });
  const plan = await planDeployment(somebody, { deploymentId, objects, previous: [] });
  expect(plan.filter(({ refusal }) => refusal)).toEqual([]);
  const outcomes = await all(applyDeployment(somebody, { deploymentId, objects, previous: [] }));
  expect(outcomes.map(({ id, result }) => `${id.kind} ${result}`)).toEqual([
    "Namespace kept",
    "ConfigMap applied",
    "Secret applied",
    "PersistentVolumeClaim applied",
    "Service applied",
    "Deployment applied",
  ]);
});

test("a page of many objects goes on until the last one", async () => {
  const { id, namespace } = project();
  const own = client();
  await own.apply(namespace);
  const metadata = (name: string) => ({ name, namespace: id, labels: { many: "yes" } });
  for (let index = 0; index < 12; index += 1)
    await own.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: metadata(`one-${index}`), data: {} });
  const found = await all(own.list({ apiVersion: "v1", kind: "ConfigMap", namespace: id }, "many=yes", 5));
  expect(new Set(found.map((one) => one.metadata.name)).size).toBe(12);
});
