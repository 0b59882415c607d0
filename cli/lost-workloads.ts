import { repositoryRoot } from "../local/platform/layout";
import { runProgram } from "../local/platform/run-program";
import { kubectlList } from "./kubectl";
import type { Workload } from "./kubernetes-types";
import type { Session } from "./session";
import type { StackOptions } from "./stack-settings";

interface ExportedStack {
  readonly deployment?: {
    readonly resources?: readonly {
      readonly type: string;
      readonly inputs?: { readonly metadata?: { readonly name?: string; readonly namespace?: string } };
    }[];
  };
}

const WORKLOAD_TYPES = ["kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet"];

/** Names of the workloads in the stack's namespace, as its state has them. */
async function recordedWorkloads({ settings, variables }: Session, { stack }: StackOptions): Promise<string[]> {
  const options = { cwd: repositoryRoot, env: { ...process.env, ...variables } };
  const text = await runProgram("pulumi", ["stack", "export", "--stack", stack], options);
  const resources = (JSON.parse(text) as ExportedStack).deployment?.resources ?? [];
  return resources
    .filter(({ type, inputs }) => WORKLOAD_TYPES.includes(type) && inputs?.metadata?.namespace === settings.namespace)
    .flatMap(({ inputs }) => inputs?.metadata?.name ?? []);
}

/**
 * `--refresh` where the cluster lost a workload that the state still has, such as one that somebody deleted: without
 * looking, Pulumi would see no change.
 */
export async function refreshWhereLost(session: Session, options: StackOptions): Promise<readonly string[]> {
  const [recorded, present] = await Promise.all([
    recordedWorkloads(session, options),
    kubectlList<Workload>(session, "deployments,statefulsets"),
  ]);
  const names = new Set(present.map(({ metadata }) => metadata.name));
  const lost = recorded.filter((name) => !names.has(name));
  if (lost.length === 0) return [];
  process.stderr.write(`The cluster has lost ${lost.sort().join(", ")}; looking at all of it.\n`);
  return ["--refresh"];
}
