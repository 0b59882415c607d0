import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { ContainerStatus, Job, Pod, ReplicaSet } from "../../../cli/kubernetes-types";
import { describeUnready, unreadyContainers } from "../../../cli/update/unready";
import { sessionWithKubectl } from "../../support/fake-kubectl";
import { partly } from "../../support/partly";

type Owner = NonNullable<Pod["metadata"]["ownerReferences"]>[number];

let binDir: string;
beforeEach(() => {
  binDir = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-kubectl-"));
});
afterEach(() => fs.rmSync(binDir, { recursive: true }));

const sessionWith = (
  pods: readonly Pod[],
  logs: string,
  {
    jobs = [],
    replicasets = [],
  }: { readonly jobs?: readonly Job[]; readonly replicasets?: readonly ReplicaSet[] } = {},
) => sessionWithKubectl(binDir, { pods, jobs, replicasets }, logs);

function pod(name: string, status: Pod["status"]): Pod {
  return partly<Pod>({ metadata: { name }, status: { phase: "Running", ...status } });
}

function withContainer(name: string, status: Partial<ContainerStatus>): Pod {
  return pod(name, {
    containerStatuses: [partly<ContainerStatus>({ name, ready: false, restartCount: 0, ...status })],
  });
}

const crashing = withContainer("redis", {
  restartCount: 4,
  state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 40s" } },
  lastState: { terminated: { exitCode: 1, reason: "Error" } },
});

test("A38: a container that is not ready is named with its reason; a completed one is not", () => {
  const done = pod("migrate", { phase: "Succeeded" });
  expect(unreadyContainers([crashing, done])).toEqual([
    { pod: "redis", container: "redis", why: "CrashLoopBackOff: back-off 40s", started: true },
  ]);
});

test("A38: a failed Job is named with its reason, even without its pods", async () => {
  const job = (name: string, type: string) =>
    partly<Job>({
      metadata: { name },
      status: {
        conditions: [{ type, status: "True", reason: "DeadlineExceeded", message: "Job was active too long" }],
      },
    });
  const session = sessionWith([], "exit 1", {
    jobs: [job("backend-migrate", "Complete"), job("kernel-migrate", "Failed")],
  });
  expect(await describeUnready(session)).toBe("Job kernel-migrate failed: DeadlineExceeded: Job was active too long");
});

test("A38: a quota that prevents pods is named", async () => {
  const message = 'pods "kernel-7d-x" is forbidden: exceeded quota: nexus, requested: requests.cpu=100m';
  const replicaset = partly<ReplicaSet>({
    metadata: { name: "kernel-7d" },
    status: { conditions: [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message }] },
  });
  const session = sessionWith([], "exit 1", { replicasets: [replicaset] });
  expect(await describeUnready(session)).toBe(`ReplicaSet kernel-7d cannot make a pod: FailedCreate: ${message}`);
});

test("A38: pods of an earlier update are left out", async () => {
  const ownedBy = (kind: string, name: string) => [partly<Owner>({ kind, name })];
  const replicasets = ["kernel-old", "kernel-new"].map((name, index) =>
    partly<ReplicaSet>({
      metadata: {
        name,
        annotations: { "deployment.kubernetes.io/revision": String(9 + index) },
        ownerReferences: ownedBy("Deployment", "kernel"),
      },
      status: {},
    }),
  );
  const pods = replicasets.map(({ metadata: { name } }) => {
    const { metadata, ...rest } = withContainer(`${name}-pod`, { state: { waiting: { reason: "ErrImagePull" } } });
    return { ...rest, metadata: { ...metadata, ownerReferences: ownedBy("ReplicaSet", name) } };
  });
  const session = sessionWith(pods, "exit 1", { replicasets });
  expect(await describeUnready(session)).toBe(
    "Pod kernel-new-pod, container kernel-new-pod is not ready: ErrImagePull",
  );
});

test("A38: a pod without a node is shown with what it waits for", () => {
  const conditions = [{ type: "PodScheduled", status: "False", message: "0/1 nodes are available: Insufficient cpu." }];
  expect(unreadyContainers([pod("a", { phase: "Pending", conditions })])).toEqual([
    expect.objectContaining({ why: "0/1 nodes are available: Insufficient cpu.", started: false }),
  ]);
});

test("A38: the log of a container that restarts again and again is the one before the last restart", async () => {
  const session = sessionWith([crashing], 'case "$*" in *--previous*) echo PORT: missing ;; esac');
  expect(await describeUnready(session)).toBe(
    "Pod redis, container redis is not ready: CrashLoopBackOff: back-off 40s\nLast log lines:\n  PORT: missing",
  );
});

test("A38: if the earlier container is already removed, the log of the next one is shown", async () => {
  const gone = "unable to retrieve container logs for containerd://c5aaa97204a8b100";
  const session = sessionWith([crashing], `case "$*" in *--previous*) echo ${gone} ;; *) echo PORT: missing ;; esac`);
  expect(await describeUnready(session)).toContain("Last log lines:\n  PORT: missing");
});

test("A38: a container without a log gets time for its first line", async () => {
  const running = withContainer("kernel", { state: {} });
  // The first check finds nothing, and so does the check of an earlier run.
  const asked = path.join(binDir, "asked");
  const session = sessionWith(
    [running],
    `case "$*" in *--previous*) exit 1 ;; esac; if [ -e ${asked} ]; then echo PORT: missing; else touch ${asked}; fi`,
  );
  expect(await describeUnready(session)).toContain("Last log lines:\n  PORT: missing");
});

test("A38: a container that never ran is not asked for a log", async () => {
  const waiting = { reason: "ImagePullBackOff", message: "not found" };
  const session = sessionWith([withContainer("kernel", { state: { waiting } })], "echo a log that is not its own");
  expect(await describeUnready(session)).toBe("Pod kernel, container kernel is not ready: ImagePullBackOff: not found");
});
