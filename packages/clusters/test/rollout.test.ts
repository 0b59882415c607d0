import { createServer, type Server } from "node:https";
import { once } from "node:events";
import type { AddressInfo, LookupFunction } from "node:net";
import { makeCertificate } from "@nexus/testkit/certificate";
import { ApiTransport, ObjectClient, podLogs, readKubeconfig, readRollout, type Rollout } from "../src";

const NAME = "api.cluster.test";
const DEPLOYMENT = "d1";
const here: LookupFunction = (_host, options, callback) =>
  options.all === true ? callback(null, [{ address: "127.0.0.1", family: 4 }]) : callback(null, "127.0.0.1", 4);

/** What the cluster of a test holds. */
interface Live {
  readonly workload?: object;
  readonly pods?: readonly object[];
  readonly events?: readonly object[] | "forbidden";
  readonly logs?: string;
}

let live: Live = {};
let asked: string[] = [];
let server: Server;
let transport: ApiTransport;
let client: ObjectClient;
beforeAll(async () => {
  const { certificate, key } = await makeCertificate(NAME);
  server = createServer({ cert: certificate, key }, ({ url = "" }, response) => {
    asked.push(url);
    const answer = (status: number, body: object | string) =>
      response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
    const resource = (kind: string, name: string) => ({ kind, name, namespaced: true });
    if (url === "/api/v1") return answer(200, { resources: [resource("Pod", "pods"), resource("Event", "events")] });
    if (url === "/apis/apps/v1") return answer(200, { resources: [resource("Deployment", "deployments")] });
    if (url.includes("/log?")) return answer(200, live.logs ?? "");
    const list = (items: readonly object[] = []) => answer(200, { items, metadata: {} });
    if (url.includes("/pods?")) return list(live.pods);
    if (url.includes("/events?"))
      return live.events === "forbidden" ? answer(403, { reason: "Forbidden" }) : list(live.events);
    return live.workload ? answer(200, live.workload) : answer(404, { reason: "NotFound" });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const authority = Buffer.from(certificate).toString("base64");
  const kubeconfig = {
    clusters: [{ name: "c", cluster: { server: `https://${NAME}:${port}`, "certificate-authority-data": authority } }],
    users: [{ name: "u", user: { token: "t" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
  };
  const rules = { privateNetworks: [], ownNetworks: [], ports: [port] };
  const limits = { timeoutMs: 5000, maxAnswerBytes: 1_000_000 };
  transport = new ApiTransport(readKubeconfig(JSON.stringify(kubeconfig)), { rules, lookup: here, ...limits });
  client = new ObjectClient(transport, "nexus");
});
afterAll(async () => {
  await transport?.close();
  server?.close();
});

const workload = (status: object = {}, spec: object = { replicas: 1 }) => ({
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop", generation: 2 },
  spec,
  status: { observedGeneration: 2, ...status },
});
const container = (state: object, more: object = {}) => ({
  name: "web",
  image: "nginx:1.29",
  ready: false,
  restartCount: 0,
  state,
  ...more,
});
const pod = (status: object) => ({
  metadata: { name: "web-1", namespace: "shop", labels: { "app.kubernetes.io/name": "web" } },
  spec: { nodeName: "node-1" },
  status: { phase: "Pending", ...status },
});
const waiting = (reason: string, message: string, more: object = {}) =>
  pod({ containerStatuses: [container({ waiting: { reason, message } }, more)] });
const event = (reason: string, message: string, kind = "Pod", name = "web-1") => ({
  involvedObject: { kind, name },
  type: "Warning",
  reason,
  message,
  lastTimestamp: "2026-01-01T00:00:00Z",
  metadata: {},
});

async function rollout(now: Live): Promise<Rollout> {
  live = now;
  asked = [];
  const objects = [{ apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web" }];
  return await readRollout(client, transport, { deploymentId: DEPLOYMENT, objects });
}

const ended = { lastState: { terminated: { exitCode: 1, reason: "Error" } } };
const running = pod({ phase: "Running", containerStatuses: [container({ running: {} })] });
const unscheduled = pod({
  conditions: [{ type: "PodScheduled", status: "False", message: "0/1 nodes are available" }],
});
const failure = (message: string) => ({ conditions: [{ type: "ReplicaFailure", status: "True", message }] });

const known: [string, string, Live, string][] = [
  [
    "an image that is missing",
    "image",
    { pods: [waiting("ImagePullBackOff", "not found")] },
    "ImagePullBackOff: not found",
  ],
  ["an image name that is none", "image", { pods: [waiting("InvalidImageName", "bad")] }, "InvalidImageName: bad"],
  [
    "a Secret that is missing",
    "config",
    { pods: [waiting("CreateContainerConfigError", 'secret "x" not found')] },
    "secret",
  ],
  [
    "a program that ends",
    "crash",
    { pods: [waiting("CrashLoopBackOff", "back-off", ended)], logs: "a\nboom\n" },
    "ended with 1",
  ],
  ["a health check that fails", "probe", { pods: [running], events: [event("Unhealthy", "HTTP 500")] }, "HTTP 500"],
  ["a quota that is used up", "quota", { workload: workload(failure("exceeded quota: pods")) }, "exceeded quota"],
  ["pods that are not admitted", "refused", { workload: workload(failure("violates PodSecurity")) }, "PodSecurity"],
  ["no node that fits", "unschedulable", { pods: [unscheduled] }, "0/1 nodes"],
  ["a volume that is not there", "volume", { pods: [pod({})], events: [event("FailedMount", "no claim")] }, "no claim"],
  [
    "a file of a ConfigMap",
    "config",
    { pods: [pod({})], events: [event("FailedMount", 'configmap "c" not found')] },
    "configmap",
  ],
];

test.each(known)(
  "E24: %s is told as %s, in the words of the cluster and with what to do",
  async (_what, kind, now, reason) => {
    const { state, workloads } = await rollout({ workload: workload(), ...now });
    expect(state).toBe("failing");
    const [problem, ...others] = workloads[0]?.problems ?? [];
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      kind,
      reason: expect.stringContaining(reason),
      advice: expect.stringMatching(/\.$/),
    });
    expect(problem?.lines).toEqual(kind === "crash" ? ["a", "boom"] : undefined);
  },
);

test("a workload is ready when its new pods are, progressing before, and missing where it is gone", async () => {
  const done = { readyReplicas: 2, updatedReplicas: 2 };
  const spec = { replicas: 2 };
  expect(await rollout({ workload: workload(done, spec) })).toMatchObject({
    state: "ready",
    workloads: [{ desired: 2, ready: 2 }],
  });
  expect((await rollout({ workload: workload({ readyReplicas: 2, updatedReplicas: 1 }, spec) })).state).toBe(
    "progressing",
  );
  expect((await rollout({ workload: workload({ ...done, observedGeneration: 1 }, spec) })).state).toBe("progressing");
  expect((await rollout({})).state).toBe("missing");
});

test("only pods of the deployment are asked for, and an account without events sees the rest", async () => {
  const { workloads, events } = await rollout({ workload: workload(), pods: [running], events: "forbidden" });
  expect(workloads[0]?.pods).toEqual([expect.objectContaining({ name: "web-1", node: "node-1", phase: "Running" })]);
  expect(events).toEqual([]);
  expect(asked.find((url) => url.includes("/pods?"))).toContain(`labelSelector=nexus.dev%2Fdeployment%3D${DEPLOYMENT}`);
});

test("lines of a log come one by one, and one without an end is cut", async () => {
  live = { logs: `first\n${"x".repeat(100_000)}\nlast` };
  const lines: string[] = [];
  for await (const line of await podLogs(transport, { namespace: "shop", pod: "web-1", container: "web", tail: 10 }))
    lines.push(line);
  expect(lines.map(({ length }) => length)).toEqual([5, 16_384, 4]);
});
