import { clusterArguments, kubectlList } from "./kubectl";
import type { Metadata } from "./kubernetes-types";
import type { Session } from "./session";

/**
 * Keeps a stack from taking over a namespace that somebody else made: Pulumi would adopt it without a word, and delete it
 * with all it holds when the stack goes.
 * @throws Error that names the namespace
 */
export async function checkNamespace(session: Session): Promise<void> {
  const { namespace, file } = session.settings;
  const selector = `kubernetes.io/metadata.name=${namespace},app.kubernetes.io/part-of!=nexus`;
  const foreign = await kubectlList<{ readonly metadata: Metadata }>(session, "namespaces", selector);
  if (foreign.length === 0) return;
  const args = clusterArguments(session);
  const kubectl = `kubectl --context ${args[args.indexOf("--context") + 1] ?? ""}`;
  throw new Error(
    `The namespace "${namespace}" exists and was not made by Nexus, which would delete it with everything in it one day. ` +
      `Fix: set nexus:namespace in ${file} to another name, or give the namespace to Nexus with ` +
      `${kubectl} label namespace ${namespace} app.kubernetes.io/part-of=nexus`,
  );
}
