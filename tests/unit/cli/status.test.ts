import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { autoscalerRows, eventRows, serviceRows, showStatus, workloadRows } from "../../../cli/commands/status";
import type { Autoscaler, EndpointSlice, KubernetesEvent, Pod, Service, Workload } from "../../../cli/kubernetes-types";
import { age, table } from "../../../cli/table";
import { usageRows } from "../../../cli/usage";
import { sessionWithKubectl } from "../../support/fake-kubectl";
import { partly } from "../../support/partly";

const created = new Date(Date.now() - 600_000).toISOString();
const metadata = (name: string, labels: Record<string, string> = {}) => ({ name, creationTimestamp: created, labels });

const crashing = partly<Pod>({
  metadata: metadata("redis-1", { "app.kubernetes.io/name": "redis" }),
  status: {
    phase: "Running",
    containerStatuses: [
      {
        name: "redis",
        ready: false,
        restartCount: 4,
        state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 40s" } },
        lastState: { terminated: { exitCode: 1, reason: "Error" } },
      },
    ],
  },
});

const deployment = (status: Workload["status"]) =>
  partly<Workload>({ kind: "Deployment", metadata: metadata("redis"), spec: { replicas: 1 }, status });

test("A16 A36: a workload that is not ready says why, and too many restarts ask for a look", () => {
  expect(workloadRows([deployment({})], [crashing])[1]).toEqual([
    "redis",
    "0/1",
    "CrashLoopBackOff",
    "4",
    "10m",
    "restarts: look at logs --previous",
  ]);
});

test("A16 A38: a workload whose new pods do not get ready is not ready, although the old ones are", () => {
  const status = { readyReplicas: 1, replicas: 2, updatedReplicas: 1 };
  const workload = deployment(status);
  expect(workloadRows([workload], [crashing])[1]?.slice(0, 3)).toEqual(["redis", "1/1", "CrashLoopBackOff"]);
  expect(workloadRows([workload], [])[1]?.slice(0, 3)).toEqual(["redis", "1/1", "rolling out"]);
  const done = deployment({ ...status, replicas: 1 });
  expect(workloadRows([done], [])[1]?.slice(0, 3)).toEqual(["redis", "1/1", "ready"]);
});

test("A38: a workload that somebody scaled to nothing is not called ready", () => {
  const stopped = partly<Workload>({
    kind: "Deployment",
    metadata: metadata("redis"),
    spec: { replicas: 0 },
    status: {},
  });
  expect(workloadRows([stopped], [])[1]?.slice(0, 3)).toEqual(["redis", "0/0", "scaled to 0"]);
});

test("B23: a Service without ready addresses shows none", () => {
  const service = partly<Service>({
    metadata: metadata("redis"),
    spec: { type: "ClusterIP", clusterIP: "1.2.3.4", ports: [{ port: 6379 }] },
  });
  const slice = partly<EndpointSlice>({
    metadata: metadata("redis-x", { "kubernetes.io/service-name": "redis" }),
    endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: false } }],
  });
  expect(serviceRows([service], [slice])[1]).toEqual(["redis", "ClusterIP", "6379", "none"]);
});

test("A33b: usage is the sum of a pod's containers, in thousandths of a core and MiB, and that of each node", () => {
  const usage = (cpu: string, memory: string) => ({ usage: { cpu, memory } });
  expect(
    usageRows([
      { kind: "PodMetrics", metadata: metadata("p"), containers: [usage("1500000n", "2048Ki"), usage("2m", "3Mi")] },
      { kind: "PodMetrics", metadata: metadata("q"), containers: [usage("0", "1048576")] },
      { kind: "NodeMetrics", metadata: metadata("n"), ...usage("1", "2Gi") },
    ]).slice(1),
  ).toEqual([
    ["pod/p", "4m", "5Mi"],
    ["pod/q", "0m", "1Mi"],
    ["node/n", "1000m", "2048Mi"],
  ]);
});

test("A33c: an autoscaler shows pods, range, and each metric as now and target", () => {
  const autoscaler = partly<Autoscaler>({
    metadata: metadata("workspace-kernel"),
    spec: {
      minReplicas: 2,
      maxReplicas: 10,
      metrics: [{ resource: { name: "cpu", target: { averageUtilization: 70 } } }],
    },
    status: {
      currentReplicas: 2,
      currentMetrics: [{ resource: { name: "cpu", current: { averageUtilization: 12 } } }],
    },
  });
  expect(autoscalerRows([autoscaler])[1]).toEqual(["workspace-kernel", "2 of 2-10", "cpu 12%/70%"]);
});

test("A33d: warnings are sorted by time and normal events left out, unless all are asked for", () => {
  const event = (reason: string, type: string, at: string) =>
    partly<KubernetesEvent>({
      type,
      reason,
      message: "m",
      lastTimestamp: at,
      metadata: metadata("e"),
      involvedObject: { kind: "Pod", name: "p" },
    });
  const events = [
    event("Late", "Warning", "2026-01-03T00:00:00Z"),
    event("Early", "Warning", "2026-01-01T00:00:00Z"),
    event("Fine", "Normal", "2026-01-02T00:00:00Z"),
  ];
  const reasons = (all: boolean) => eventRows(events, all).map((row) => row[2]);
  expect(reasons(false)).toEqual(["REASON", "Early", "Late"]);
  expect(reasons(true)).toEqual(["REASON", "Early", "Fine", "Late"]);
});

test("tables line up, and ages use the largest fitting unit", () => {
  expect(
    table([
      ["A", "B"],
      ["long", "x"],
    ]),
  ).toBe("A     B\nlong  x");
  const now = Date.parse("2026-01-03T00:00:00Z");
  expect([
    age("2026-01-02T23:59:15Z", now),
    age("2026-01-02T23:30:00Z", now),
    age("2025-12-31T00:00:00Z", now),
  ]).toEqual(["45s", "30m", "3d"]);
});

test("A16 A33: all is asked for at once, and shown by its kind", async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-status-"));
  const spec = { replicas: 1, type: "ClusterIP", ports: [{ port: 80 }] };
  const named = (kind: string, name: string) => ({ kind, metadata: metadata(name), spec, status: {} });
  const event = { type: "Warning", reason: "BackOff", message: "again", involvedObject: { kind: "Pod", name: "p" } };
  const objects = [
    named("Service", "front"),
    named("StatefulSet", "postgres"),
    { ...named("Event", "e"), ...event },
    { ...crashing, kind: "Pod" },
    named("Deployment", "redis"),
  ];
  const kinds = "deployments,statefulsets,pods,services,endpointslices,horizontalpodautoscalers,events";
  const measured = [{ ...named("NodeMetrics", "node-1"), usage: { cpu: "250m", memory: "512Mi" } }];
  const lists = { [kinds]: objects, "pods.metrics.k8s.io,nodes.metrics.k8s.io": measured };
  const session = sessionWithKubectl(folder, lists, "exit 1");
  const shown: string[] = [];
  const write = jest.spyOn(process.stdout, "write").mockImplementation((text) => Boolean(shown.push(String(text))));
  try {
    await showStatus(session);
  } finally {
    write.mockRestore();
    fs.rmSync(folder, { recursive: true });
  }
  expect(shown.join("").split(/\n+/)).toEqual([
    expect.stringMatching(/^WORKLOAD +READY/),
    expect.stringMatching(/^redis +0\/1 +CrashLoopBackOff +4 /),
    expect.stringMatching(/^postgres +0\/1 +starting +0 /),
    expect.stringMatching(/^SERVICE +TYPE/),
    expect.stringMatching(/^front +ClusterIP +80 +none$/),
    expect.stringMatching(/^USAGE +CPU +MEMORY/),
    expect.stringMatching(/^node\/node-1 +250m +512Mi$/),
    expect.stringMatching(/^AGE +OBJECT/),
    expect.stringMatching(/^10m +pod\/p +BackOff +again$/),
    "",
  ]);
});
