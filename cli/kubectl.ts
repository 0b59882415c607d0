import * as path from "node:path";
import { runProgram, TOOLS_ON_PATH } from "@nexus/host";
import type { Session } from "./session";

/** Arguments that lead kubectl to the stack's own cluster and namespace, never to whatever context is current. */
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

export function kubectlProgram(session: Session): string {
  return path.join(session.binDir, "kubectl");
}

/** What a list command of kubectl answers, as far as the caller's type says; without a selector, all of the kind. */
export async function kubectlList<Item>(session: Session, kind: string, selector?: string): Promise<Item[]> {
  const env = { ...process.env, ...session.variables };
  const args = [...clusterArguments(session), "get", kind, "-o", "json", ...(selector ? ["--selector", selector] : [])];
  const text = await runProgram(kubectlProgram(session), args, { env });
  return (JSON.parse(text) as { items: Item[] }).items;
}
