import type { ContainerStatus, KubernetesEvent, Pod, Workload } from "./rollout-objects";

/** What keeps a service from running (E24). */
export const problemKinds = [
  "image",
  "config",
  "crash",
  "probe",
  "quota",
  "refused",
  "unschedulable",
  "volume",
] as const;
type ProblemKind = (typeof problemKinds)[number];

export interface RolloutProblem {
  readonly kind: ProblemKind;
  /** Such as `Pod web-7d4 container web`. */
  readonly object: string;
  /** In the words of Kubernetes. */
  readonly reason: string;
  readonly advice: string;
  /** The last lines of a container that crashed. */
  readonly lines?: readonly string[];
}

/** What to do about it. */
const ADVICE: Readonly<Record<ProblemKind, string>> = {
  image: "Check name and tag of the image. A private registry needs a pull secret in the namespace (regcred).",
  config: "A ConfigMap, a Secret or a key of one is missing. Deploy again, or correct the variables.",
  crash: "The program ends by itself. Its last lines say why; correct its settings, or roll back.",
  probe: "The health check fails. Correct its path, or switch the probes off with no health check path.",
  quota: "The namespace's quota is used up. Ask for less, or remove what is not needed.",
  refused: "The cluster does not admit the pod. Change what its rules refuse.",
  unschedulable: "No node has room, or none fits. Ask for less CPU and memory, or add a node.",
  volume: "The volume cannot be mounted. Check that the claim is bound, and its storage class.",
};

const WAITING: Readonly<Record<string, ProblemKind>> = {
  ErrImagePull: "image",
  ImagePullBackOff: "image",
  ErrImageNeverPull: "image",
  InvalidImageName: "image",
  RegistryUnavailable: "image",
  CreateContainerConfigError: "config",
  CreateContainerError: "config",
  RunContainerError: "crash",
  CrashLoopBackOff: "crash",
};

const problem = (kind: ProblemKind, object: string, reason: string): RolloutProblem => ({
  kind,
  object,
  reason,
  advice: ADVICE[kind],
});

/** The newest event of an object with a reason. */
function eventOf(events: readonly KubernetesEvent[], kind: string, name: string, reason: string) {
  return events.find(({ involvedObject: of, reason: why }) => of.kind === kind && of.name === name && why === reason);
}

/** @param events the newest ones first */
export function podProblems(pod: Pod, events: readonly KubernetesEvent[]): RolloutProblem[] {
  const { name, deletionTimestamp } = pod.metadata;
  if (deletionTimestamp !== undefined) return [];
  const object = `Pod ${name}`;
  const scheduled = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False") return [problem("unschedulable", object, scheduled.message ?? "")];
  const mount = eventOf(events, "Pod", name, "FailedMount");
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const all = [...initContainerStatuses, ...containerStatuses];
  const found = all.flatMap((status) => containerProblem(status, pod, events) ?? []);
  if (found.length > 0 || !mount || all.some(({ state }) => state?.running)) return found;
  const isSetting = /configmap|secret/i.test(mount.message ?? "");
  return [problem(isSetting ? "config" : "volume", object, mount.message ?? "")];
}

function containerProblem(status: ContainerStatus, pod: Pod, events: readonly KubernetesEvent[]) {
  const { name: podName } = pod.metadata;
  const object = `Pod ${podName} container ${status.name}`;
  const { waiting, running, terminated } = status.state ?? {};
  const last = terminated ?? status.lastState?.terminated;
  const kind = WAITING[waiting?.reason ?? ""];
  if (waiting && kind) {
    const ended =
      kind === "crash" && last ? `; it ended with ${last.exitCode}${last.reason ? ` (${last.reason})` : ""}` : "";
    return problem(kind, object, `${waiting.reason}: ${waiting.message ?? status.image}${ended}`);
  }
  if (terminated && terminated.exitCode !== 0)
    return problem("crash", object, `it ended with ${terminated.exitCode} (${terminated.reason ?? "Error"})`);
  const unhealthy = eventOf(events, "Pod", podName, "Unhealthy");
  return running && !status.ready && unhealthy ? problem("probe", object, unhealthy.message ?? "") : undefined;
}

/** Why a workload makes no pods. */
export function workloadProblems(workload: Workload, events: readonly KubernetesEvent[]): RolloutProblem[] {
  const { kind, metadata, status } = workload;
  const failure = status?.conditions?.find(({ type, status: is }) => type === "ReplicaFailure" && is === "True");
  const wanted = workload.spec.replicas ?? 1;
  const isShort = (status?.readyReplicas ?? 0) < wanted;
  const message =
    failure?.message ?? (isShort ? eventOf(events, kind, metadata.name, "FailedCreate")?.message : undefined);
  const failed = status?.conditions?.find(({ type, status: is }) => type === "Failed" && is === "True");
  return [
    ...(message === undefined
      ? []
      : [problem(/exceeded quota/i.test(message) ? "quota" : "refused", `${kind} ${metadata.name}`, message)]),
    ...(kind === "Job" && failed ? [problem("crash", `Job ${metadata.name}`, failed.message ?? "")] : []),
  ];
}
