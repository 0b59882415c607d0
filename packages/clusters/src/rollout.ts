import type { ApiTransport } from "./api-transport";
import { ApiRefusal } from "./api-refusal";
import { DEPLOYMENT_LABEL } from "./deployment";
import type { ObjectClient, ObjectId } from "./object-client";
import { podLogs } from "./pod-logs";
import type { KubernetesEvent, Pod, Workload } from "./rollout-objects";
import { podProblems, type RolloutProblem, workloadProblems } from "./rollout-problems";

export { problemKinds, type RolloutProblem } from "./rollout-problems";

/** `done` is a job that succeeded. */
export const rolloutStates = ["ready", "done", "progressing", "failing", "missing"] as const;
type RolloutState = (typeof rolloutStates)[number];

export interface PodStatus {
  readonly name: string;
  readonly namespace: string;
  readonly phase: string;
  readonly node: string | null;
  readonly containers: readonly string[];
  readonly ready: boolean;
  readonly restarts: number;
  readonly createdAt: string | null;
}

export interface WorkloadStatus {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly state: RolloutState;
  readonly desired: number;
  readonly ready: number;
  readonly problems: readonly RolloutProblem[];
  readonly pods: readonly PodStatus[];
}

export interface RolloutEvent {
  readonly at: string | null;
  readonly type: string;
  readonly reason: string;
  readonly object: string;
  readonly message: string;
  readonly count: number;
}

export interface Rollout {
  readonly state: RolloutState;
  readonly workloads: readonly WorkloadStatus[];
  /** The newest ones first. */
  readonly events: readonly RolloutEvent[];
}

const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet", "Job"];
const MOST_EVENTS = 100;
/** Events of a busy namespace that are looked through. */
const MOST_READ = 2000;
const LAST_LINES = 20;
/** Crashed containers whose last lines are asked for. */
const MOST_LOGS = 3;

/** How the objects of a deployment are in the cluster. */
export async function readRollout(
  client: ObjectClient,
  transport: ApiTransport,
  { deploymentId, objects }: { readonly deploymentId: string; readonly objects: readonly ObjectId[] },
): Promise<Rollout> {
  const ids = objects.filter(({ kind }) => WORKLOADS.includes(kind));
  const namespaces = [...new Set(ids.map(({ namespace }) => namespace ?? "default"))];
  const [live, pods, events] = await Promise.all([
    Promise.all(ids.map((id) => client.get(id) as unknown as Promise<Workload | undefined>)),
    gather<Pod>(client, "Pod", namespaces, `${DEPLOYMENT_LABEL}=${deploymentId}`),
    gather<KubernetesEvent>(client, "Event", namespaces, ""),
  ]);
  const newest = events.sort((one, other) => timeOf(other).localeCompare(timeOf(one)));
  const workloads = ids.map((id, index) => workloadStatus(id, live[index], pods, newest));
  await addLines(transport, workloads);
  const names = new Set([...ids, ...pods.map(({ metadata }) => metadata)].map(({ name }) => name));
  const own = newest.filter(
    ({ involvedObject: { name = "" } }) =>
      // A ReplicaSet has the name of its Deployment, and a suffix.
      names.has(name) || ids.some((id) => name.startsWith(`${id.name}-`)),
  );
  return { state: worst(workloads), workloads, events: own.slice(0, MOST_EVENTS).map(toEvent) };
}

async function gather<Item>(client: ObjectClient, kind: string, namespaces: readonly string[], selector: string) {
  const items: Item[] = [];
  for (const namespace of namespaces)
    try {
      for await (const item of client.list({ apiVersion: "v1", kind, namespace }, selector)) {
        items.push(item as unknown as Item);
        if (items.length >= MOST_READ) break;
      }
    } catch (error) {
      // An account that may not read events still sees workloads and pods.
      if (!(error instanceof ApiRefusal) || kind !== "Event") throw error;
    }
  return items;
}

const timeOf = ({ lastTimestamp, eventTime, metadata }: KubernetesEvent): string =>
  lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? "";

function toEvent(event: KubernetesEvent): RolloutEvent {
  const { involvedObject: of, type = "Normal", reason = "", message = "", count = 1 } = event;
  return { at: timeOf(event) || null, type, reason, object: `${of.kind} ${of.name}`, message, count };
}

type WorkloadView = WorkloadStatus & { problems: RolloutProblem[] };

function workloadStatus(
  { kind, name, namespace = "default" }: ObjectId,
  live: Workload | undefined,
  all: readonly Pod[],
  events: readonly KubernetesEvent[],
): WorkloadView {
  const base = { kind, name, namespace };
  if (!live) return { ...base, state: "missing", desired: 0, ready: 0, problems: [], pods: [] };
  const pods = all.filter(
    ({ metadata: { namespace: at, labels } }) => at === namespace && labels?.["app.kubernetes.io/name"] === name,
  );
  const count = countOf(kind, live);
  const problems = [...workloadProblems(live, events), ...pods.flatMap((pod) => podProblems(pod, events))];
  const state = problems.length > 0 ? "failing" : count.done ? (kind === "Job" ? "done" : "ready") : "progressing";
  return { ...base, state, desired: count.desired, ready: count.ready, problems, pods: pods.map(toPod) };
}

function countOf(kind: string, { metadata, spec, status = {} }: Workload) {
  const isSeen = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  if (kind === "Job") {
    const [desired, ready] = [spec.completions ?? 1, status.succeeded ?? 0];
    return { desired, ready, done: ready >= desired };
  }
  const isDaemon = kind === "DaemonSet";
  const desired = isDaemon ? (status.desiredNumberScheduled ?? 0) : (spec.replicas ?? 1);
  const ready = (isDaemon ? status.numberReady : status.readyReplicas) ?? 0;
  const updated = (isDaemon ? status.updatedNumberScheduled : status.updatedReplicas) ?? 0;
  return { desired, ready, done: isSeen && ready >= desired && updated >= desired };
}

function toPod({ metadata, spec, status = {} }: Pod): PodStatus {
  const statuses = status.containerStatuses ?? [];
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? "default",
    phase: metadata.deletionTimestamp === undefined ? (status.phase ?? "Unknown") : "Terminating",
    node: spec.nodeName ?? null,
    containers: [...(status.initContainerStatuses ?? []), ...statuses].map(({ name }) => name),
    ready: statuses.length > 0 && statuses.every(({ ready }) => ready),
    restarts: statuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
    createdAt: metadata.creationTimestamp ?? null,
  };
}

function worst(workloads: readonly WorkloadStatus[]): RolloutState {
  const has = (state: RolloutState) => workloads.some((one) => one.state === state);
  return (["failing", "missing", "progressing"] as const).find(has) ?? "ready";
}

/** What crashed containers wrote last; whoever may not read logs does without. */
async function addLines(transport: ApiTransport, workloads: readonly WorkloadView[]): Promise<void> {
  let asked = 0;
  for (const { namespace, problems } of workloads)
    for (const [index, one] of problems.entries()) {
      const [, pod, container] = /^Pod (\S+) container (\S+)$/.exec(one.object) ?? [];
      if (one.kind !== "crash" || pod === undefined || asked >= MOST_LOGS) continue;
      asked += 1;
      const lines = await lastLines(transport, namespace, pod, container);
      if (lines.length > 0) problems[index] = { ...one, lines };
    }
}

async function lastLines(transport: ApiTransport, namespace: string, pod: string, container: string | undefined) {
  const lines: string[] = [];
  try {
    const request = { namespace, pod, container, previous: true, tail: LAST_LINES };
    for await (const line of await podLogs(transport, request)) lines.push(line);
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
  }
  return lines;
}
