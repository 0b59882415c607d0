import type { Machine, Platform } from "./machine";
import { type Problem, removeCommand, setCommand } from "./problem";
import type { ClusterSection } from "./sections/cluster";

/** The one cluster a stack works on. */
export interface Cluster {
  readonly context: string;
  /** Path of the kubeconfig; undefined for the one that kubectl would read. */
  readonly kubeconfig: string | undefined;
  /** What this machine's own cluster offers to builds, whichever cluster the stack uses. */
  readonly platform: Platform | undefined;
  /** True when it is the cluster that `npm run up` made on this machine. */
  readonly local: boolean;
}

const KIND = ["cluster", "kind"];
const CONTEXT = ["cluster", "context"];

/** Finds the cluster, or says why there is none. */
export function findCluster(section: ClusterSection, machine: Machine): { cluster?: Cluster; problems: Problem[] } {
  return section.kind === "context" ? findContext(section, machine) : findOwn(section.kind, section, machine);
}

const NAMES = { local: "the local platform", kind: "a kind cluster", auto: "the local platform or a kind cluster" };

function findOwn(
  kind: keyof typeof NAMES,
  section: Pick<ClusterSection, "context" | "kubeconfig">,
  machine: Machine,
): { cluster?: Cluster; problems: Problem[] } {
  const extra = (["context", "kubeconfig"] as const).flatMap((name): Problem[] => {
    const path = ["cluster", name];
    const value = section[name];
    return value === undefined
      ? []
      : [{ path, text: `"${value}" contradicts cluster.kind "${kind}"`, fix: removeCommand(path) }];
  });
  const platform = machine.platform();
  if (!platform) {
    const text = `"${kind}" needs ${NAMES[kind]}, and there is no ${machine.platformFile}`;
    return { problems: [...extra, { path: KIND, text, fix: "npm run up" }] };
  }
  if (kind !== "auto" && kind !== platform.kind) {
    const text = `"${kind}" contradicts ${machine.platformFile}, which describes ${NAMES[platform.kind]}`;
    return { problems: [...extra, { path: KIND, text, fix: "npm run destroy && npm run up" }] };
  }
  const { context, kubeconfig } = platform;
  return { cluster: { context, kubeconfig, platform, local: true }, problems: extra };
}

function findContext(section: ClusterSection, machine: Machine): { cluster?: Cluster; problems: Problem[] } {
  const { context, kubeconfig } = section;
  const contexts = machine.contexts(kubeconfig);
  const known = contexts.length > 0 ? `the kubeconfig has ${contexts.join(", ")}` : "the kubeconfig has no contexts";
  const fix = setCommand(CONTEXT, contexts[0] ?? "<context>");
  if (context === undefined)
    return { problems: [{ path: CONTEXT, text: `is missing; name the cluster's context (${known})`, fix }] };
  if (!contexts.includes(context))
    return { problems: [{ path: CONTEXT, text: `"${context}" is not in the kubeconfig; ${known}`, fix }] };
  return { cluster: { context, kubeconfig, platform: machine.platform(), local: false }, problems: [] };
}
