import { runProgram } from "../local/platform/run-program";
import { clusterArguments, kubectlList, kubectlProgram } from "./kubectl";
import type { ContainerStatus, Pod } from "./kubernetes-types";
import type { Session } from "./session";

const LOG_LINES = 12;

/** A container that is not ready: its pod, its name and why. */
export interface UnreadyContainer {
  readonly pod: string;
  readonly container: string;
  readonly why: string;
  readonly restarted: boolean;
}

function whyOf({ state, lastState }: ContainerStatus): string {
  const waiting = state?.waiting;
  if (waiting) return [waiting.reason, waiting.message].filter(Boolean).join(": ");
  const ended = state?.terminated ?? lastState?.terminated;
  if (ended) return `ended with exit ${ended.exitCode ?? "?"} (${ended.reason ?? "no reason given"})`;
  return "runs, but its readiness probe fails";
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
        return [{ pod: name, container: "", why: unscheduled.message ?? "not scheduled", restarted: false }];
      return statuses
        .filter((one) => !one.ready && one.state?.terminated?.exitCode !== 0)
        .map((one) => ({ pod: name, container: one.name, why: whyOf(one), restarted: one.restartCount > 0 }));
    });
}

/** Names every container that is not ready, says why and shows the end of its log; empty when all are ready. */
export async function describeUnready(session: Session): Promise<string> {
  const unready = unreadyContainers(await kubectlList<Pod>(session, "pods"));
  const parts = unready.map(async ({ pod, container, why, restarted }) => {
    const head = `Pod ${pod}${container ? `, container ${container}` : ""} is not ready: ${why}`;
    if (!container) return head;
    const args = [...clusterArguments(session), "logs", pod, "-c", container, `--tail=${LOG_LINES}`];
    const read = (extra: string[]) =>
      runProgram(kubectlProgram(session), [...args, ...extra], { env: { ...process.env, ...session.variables } });
    const log = await read(restarted ? ["--previous"] : []).catch(() => read([]).catch(() => ""));
    return log.trim() ? `${head}\nIts last log lines:\n${log.trim().replace(/^/gm, "  ")}` : head;
  });
  return (await Promise.all(parts)).join("\n\n");
}
