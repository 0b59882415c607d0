import { runProgram, waitFor } from "@nexus/host";
import { clusterArguments, kubectlList, kubectlProgram } from "../kubectl";
import type { Condition, ContainerStatus, Job, Pod, ReplicaSet } from "../kubernetes-types";
import type { Session } from "../session";

const LOG_LINES = 12;
/** How long a container may take to its first line. */
const LOG_SECONDS = 15;
/** What the kubelet answers, as if it were the log, where it has already removed the container. */
const REMOVED = /^(unable to retrieve container logs for|failed to try resolving symlinks in path) \S+$/;

/** A container that is not ready: its pod, its name and why. */
export interface UnreadyContainer {
  readonly pod: string;
  readonly container: string;
  readonly why: string;
  /** Whether it has run at all, so that it may have a log. */
  readonly started: boolean;
}

function whyOf({ state, lastState }: ContainerStatus): string {
  const waiting = state?.waiting;
  if (waiting) return [waiting.reason, waiting.message].filter(Boolean).join(": ");
  const ended = state?.terminated ?? lastState?.terminated;
  if (ended) return `ended with exit ${ended.exitCode} (${ended.reason ?? "no reason given"})`;
  return "runs, but its readiness probe fails";
}

function hasRun({ state, lastState, restartCount }: ContainerStatus): boolean {
  return restartCount > 0 || lastState?.terminated !== undefined || (state !== undefined && !state.waiting);
}

/** The containers that keep pods from being ready; pods that did their work and ended are left out. */
export function unreadyContainers(pods: readonly Pod[]): UnreadyContainer[] {
  return pods
    .filter((pod) => pod.status.phase !== "Succeeded")
    .flatMap((pod) => {
      const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])];
      const name = pod.metadata.name;
      const unscheduled = pod.status.conditions?.find((one) => one.type === "PodScheduled" && one.status === "False");
      if (unscheduled)
        return [{ pod: name, container: "", why: unscheduled.message ?? "not scheduled", started: false }];
      return statuses
        .filter((one) => !one.ready && one.state?.terminated?.exitCode !== 0)
        .map((one) => ({ pod: name, container: one.name, why: whyOf(one), started: hasRun(one) }));
    });
}

/** ReplicaSets that a later update of their Deployment has replaced; their pods say nothing of the newest one. */
function outdated(sets: readonly ReplicaSet[]): Set<string> {
  const revision = ({ metadata }: ReplicaSet) =>
    Number(metadata.annotations?.["deployment.kubernetes.io/revision"] ?? 0);
  const owner = ({ metadata }: ReplicaSet) => metadata.ownerReferences?.[0]?.name;
  const isOld = (one: ReplicaSet) =>
    sets.some((other) => owner(other) === owner(one) && revision(other) > revision(one));
  return new Set(sets.filter(isOld).map(({ metadata }) => metadata.name));
}

function reasonsOf(conditions: readonly Condition[] | undefined, type: string): string[] {
  const found = conditions?.find((one) => one.type === type && one.status === "True");
  return found ? [`${found.reason ?? type}: ${found.message ?? "no message"}`] : [];
}

/** The Jobs that failed, with why; their pods may be gone. */
function failedJobs(jobs: readonly Job[]): string[] {
  return jobs.flatMap(({ metadata, status }) =>
    reasonsOf(status.conditions, "Failed").map((reason) => `Job ${metadata.name} failed: ${reason}`),
  );
}

/** ReplicaSets whose pods the cluster refuses to make, as it does beyond a quota. */
function refusedSets(sets: readonly ReplicaSet[]): string[] {
  return sets.flatMap(({ metadata, status }) =>
    reasonsOf(status.conditions, "ReplicaFailure").map(
      (reason) => `ReplicaSet ${metadata.name} cannot make a pod: ${reason}`,
    ),
  );
}

/**
 * Names every Job that failed, every container that is not ready and every pod that may not be made, says why and shows
 * the end of its log; empty when all is well.
 */
export async function describeUnready(session: Session): Promise<string> {
  const [pods, sets, jobs] = await Promise.all([
    kubectlList<Pod>(session, "pods"),
    kubectlList<ReplicaSet>(session, "replicasets"),
    kubectlList<Job>(session, "jobs"),
  ]);
  const old = outdated(sets);
  const unready = unreadyContainers(
    pods.filter(({ metadata }) => !metadata.ownerReferences?.some(({ name }) => old.has(name))),
  );
  const parts = unready.map(async (one) => {
    const head = `Pod ${one.pod}${one.container ? `, container ${one.container}` : ""} is not ready: ${one.why}`;
    const log = one.started ? await lastLog(session, one) : "";
    return log ? `${head}\n${log}` : head;
  });
  const refused = refusedSets(sets.filter(({ metadata }) => !old.has(metadata.name)));
  return [...(await Promise.all(parts)), ...refused, ...failedJobs(jobs)].join("\n\n");
}

/**
 * The end of a container's log, indented below its heading. A container that ends again and again may just have been
 * started once more: what it said before it ended counts, and one that has said nothing yet is given some seconds.
 */
async function lastLog(session: Session, { pod, container }: UnreadyContainer): Promise<string> {
  const args = [...clusterArguments(session), "logs", pod, "-c", container, `--tail=${LOG_LINES}`];
  const env = { ...process.env, ...session.variables };
  const read = async (...extra: string[]) => {
    const log = (await runProgram(kubectlProgram(session), [...args, ...extra], { env })).trim();
    return REMOVED.test(log) ? "" : log;
  };
  try {
    return await waitFor(
      "A line in its log",
      LOG_SECONDS,
      async () => {
        const log = (await read("--previous").catch(() => "")) || (await read());
        return log ? `Its last log lines:\n${log.replace(/^/gm, "  ")}` : undefined;
      },
      1000,
    );
  } catch (error) {
    return `It shows no log: ${error instanceof Error ? error.message : String(error)}`;
  }
}
