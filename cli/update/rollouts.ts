import { createReporter, ProgramError, reportStep, runProgram, waitFor } from "@nexus/host";
import { clusterArguments, kubectlList, kubectlProgram, shownKubectl } from "../kubectl";
import type { Autoscaler, Workload } from "../kubernetes-types";
import type { Session } from "../session";

/** Seconds for a workload whose kind has no deadline. */
const DEADLINE_SECONDS = 180;

const AUTOSCALER = "HorizontalPodAutoscaler";
/** The cluster looks at autoscalers every 15 s. */
const AUTOSCALER_SECONDS = 60;

/** A workload does not run what its stack says. */
export class RolloutError extends Error {
  public constructor(problems: readonly string[]) {
    super(
      `The update is done, but some pods did not become ready\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
    );
    this.name = "RolloutError";
  }
}

/** A workload, and the minimum of pods that its autoscaler keeps. */
type Wanted = Workload & { readonly minPods: number };

/**
 * The workloads of the stack, once each of them is to have as many pods as its autoscaler's minimum says: a new one begins
 * with a single pod. An autoscaler leaves a workload alone that has none.
 */
async function wantedWorkloads(session: Session): Promise<Wanted[]> {
  const kinds = "deployments,statefulsets,horizontalpodautoscalers";
  const look = async () => {
    const objects = await kubectlList<Workload | Autoscaler>(session, kinds, "app.kubernetes.io/part-of=nexus");
    const autoscalers = objects.filter(({ kind }) => kind === AUTOSCALER) as Autoscaler[];
    return (objects.filter(({ kind }) => kind !== AUTOSCALER) as Workload[]).map((workload) => {
      const { kind, metadata, spec } = workload;
      const scales = ({ spec: { scaleTargetRef: target } }: Autoscaler) =>
        target.kind === kind && target.name === metadata.name;
      const minPods = autoscalers.find(scales)?.spec.minReplicas ?? 1;
      const wanted = spec.replicas ?? 1;
      if (wanted > 0 && wanted < minPods) throw new Error(`${wanted} of ${minPods} for ${nameOf(workload)}`);
      return { ...workload, minPods };
    });
  };
  return waitFor("That autoscalers ask for their minimum of pods", AUTOSCALER_SECONDS, look, 1000).catch(
    (error: unknown) => {
      throw new RolloutError([error instanceof Error ? error.message : String(error)]);
    },
  );
}

const nameOf = ({ kind, metadata }: Workload) => `${kind.toLowerCase()}/${metadata.name}`;

/**
 * Asks the cluster whether every workload of the stack runs in its new form, and waits as long as it makes progress.
 * Pulumi's Kubernetes provider cannot be trusted with that alone: it takes a Deployment for rolled out when it reads the
 * new object with the status from before.
 * @throws RolloutError that names each workload that does not get ready
 */
export async function awaitRollouts(session: Session): Promise<void> {
  const env = { ...process.env, ...session.variables };
  // The session's request timeout would end the wait.
  const cluster = clusterArguments(session).filter((argument) => !argument.startsWith("--request-timeout"));
  const problemOf = async (workload: Wanted): Promise<string | undefined> => {
    const { spec, minPods } = workload;
    const name = nameOf(workload);
    // Where the stack says how many, the update has just said it.
    if (spec.replicas === 0)
      return `${name}: somebody scaled it to 0 pods. Fix: ${shownKubectl(session)} scale ${name} --replicas=${minPods}`;
    const timeout = `--timeout=${spec.progressDeadlineSeconds ?? DEADLINE_SECONDS}s`;
    try {
      await runProgram(kubectlProgram(session), [...cluster, "rollout", "status", name, timeout], { env });
      return undefined;
    } catch (error) {
      const output = error instanceof ProgramError ? error.output : String(error);
      return `${name}: ${(output.split("\n").at(-1) ?? "").replace(/^error: /, "")}`;
    }
  };
  await reportStep(createReporter(), "rollouts", "Pods of every workload", async () => {
    const workloads = await wantedWorkloads(session);
    const problems = (await Promise.all(workloads.map(problemOf))).filter((problem) => problem !== undefined);
    if (problems.length > 0) throw new RolloutError(problems.sort());
  });
}
