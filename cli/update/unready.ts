import { runProgram, waitFor } from "@nexus/host";
import { clusterArguments, kubectlList, kubectlProgram } from "../kubectl";
import type { Condition, ContainerStatus, Job, Pod, ReplicaSet } from "../kubernetes-types";
import type { Session } from "../session";

const LOG_LINES = 12;
/** Seconds that a container may take to print its first line. */
const LOG_SECONDS = 15;
/** What the kubelet sends instead of a log if it has already removed the container. */
const REMOVED = /^(unable to retrieve container logs for|failed to try resolving symlinks in path) \S+$/;

/** A container that is not ready: its pod, its name and why. */
export interface UnreadyContainer {
  readonly pod: string;
  readonly container: string;
  readonly why: string;
  /** Whether it has ever run and so may have a log. */
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

/** The containers that keep pods from being ready, without those of completed pods. */
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

/** ReplicaSets of an older revision of their Deployment, whose pods say nothing about the newest revision. */
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

/** The failed Jobs with their reasons. Their pods may no longer exist. */
function failedJobs(jobs: readonly Job[]): string[] {
  return jobs.flatMap(({ metadata, status }) =>
    reasonsOf(status.conditions, "Failed").map((reason) => `Job ${metadata.name} failed: ${reason}`),
  );
}

/** ReplicaSets for which the cluster refuses to create pods, for example because of a quota. */
function refusedSets(sets: readonly ReplicaSet[]): string[] {
  return sets.flatMap(({ metadata, status }) =>
    reasonsOf(status.conditions, "ReplicaFailure").map(
      (reason) => `ReplicaSet ${metadata.name} cannot make a pod: ${reason}`,
    ),
  );
}

/**
 * A report of every failed Job, every container that is not ready and every refused pod, with the reason and the end of
 * the log. Empty if there is no problem.
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
 * The end of a container's log, indented below its heading. If a container restarts again and again, the log before the
 * last restart is used. A container without a log gets some seconds to print one.
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
        return log ? `Last log lines:\n${log.replace(/^/gm, "  ")}` : undefined;
      },
      1000,
    );
  } catch (error) {
    return `Its log cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
