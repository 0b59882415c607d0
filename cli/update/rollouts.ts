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

/**
 * The workloads of the stack, once each of them is to have as many pods as its autoscaler's minimum says: a new one begins
 * with a single pod. An autoscaler leaves a workload alone that has none.
 */
async function wantedWorkloads(session: Session): Promise<Workload[]> {
  const kinds = "deployments,statefulsets,horizontalpodautoscalers";
  const look = async () => {
    const objects = await kubectlList<Workload | Autoscaler>(session, kinds, "app.kubernetes.io/part-of=nexus");
    const workloads = objects.filter(({ kind }) => kind !== AUTOSCALER) as Workload[];
    for (const { spec } of objects.filter(({ kind }) => kind === AUTOSCALER) as Autoscaler[]) {
      const { kind, name } = spec.scaleTargetRef;
      const target = workloads.find((one) => one.kind === kind && one.metadata.name === name);
      const [wanted, least] = [target?.spec.replicas ?? 1, spec.minReplicas ?? 1];
      if (target && wanted > 0 && wanted < least)
        throw new Error(`${wanted} of ${least} for ${kind.toLowerCase()}/${name}`);
    }
    return workloads;
  };
  return waitFor("That autoscalers ask for their minimum of pods", AUTOSCALER_SECONDS, look, 1000).catch(
    (error: unknown) => {
      throw new RolloutError([error instanceof Error ? error.message : String(error)]);
    },
  );
}

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
  const problemOf = async ({ kind, metadata, spec }: Workload): Promise<string | undefined> => {
    const name = `${kind.toLowerCase()}/${metadata.name}`;
    // Where the stack says how many, the update has just said it.
    if (spec.replicas === 0)
      return `${name}: somebody scaled it to 0 pods. Fix: ${shownKubectl(session)} scale ${name} --replicas=1`;
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
