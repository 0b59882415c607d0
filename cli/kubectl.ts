import * as path from "node:path";
import { runProgram, shellWord, TOOLS_ON_PATH } from "@nexus/host";
import type { Session } from "./session";

/** Arguments that make kubectl use the stack's own cluster and namespace, never the current context. */
export function clusterArguments({ settings, platform }: Session): string[] {
  const { context, kubeconfig } = platform ?? settings;
  if (!context)
    throw new Error(
      `nexus:cluster names no context in ${settings.file}. Fix: ${TOOLS_ON_PATH} && pulumi config set --stack ${settings.stack} --path 'nexus:cluster.context' <name>.`,
    );
  return [
    ...(kubeconfig ? ["--kubeconfig", kubeconfig] : []),
    "--context",
    context,
    "--namespace",
    settings.namespace,
    "--request-timeout=20s",
  ];
}

/** The same for a command that people run. */
export function shownKubectl(session: Session): string {
  const args = clusterArguments(session).filter((argument) => !argument.startsWith("--request-timeout"));
  return ["kubectl", ...args].map(shellWord).join(" ");
}

export function kubectlProgram(session: Session): string {
  return path.join(session.binDir, "kubectl");
}

/** The answer of a kubectl list command, typed by the caller; without a selector it has all objects of the kind. */
export async function kubectlList<Item>(session: Session, kind: string, selector?: string): Promise<Item[]> {
  const env = { ...process.env, ...session.variables };
  const args = [...clusterArguments(session), "get", kind, "-o", "json", ...(selector ? ["--selector", selector] : [])];
  const text = await runProgram(kubectlProgram(session), args, { env });
  return (JSON.parse(text) as { items: Item[] }).items;
}
