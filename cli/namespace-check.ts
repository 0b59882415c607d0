import { clusterArguments, kubectlList } from "./kubectl";
import type { Metadata } from "./kubernetes-types";
import type { Session } from "./session";

interface Namespace {
  readonly metadata: Metadata;
}

/** What a namespace of the platform, or of a compose project, is told by. */
const PLATFORM_LABELS = { "app.kubernetes.io/part-of": "nexus" };
const COMPOSE_LABELS = { "app.kubernetes.io/component": "namespace", "app.kubernetes.io/managed-by": "pulumi" };

/**
 * Keeps a stack from taking over a namespace that somebody else made: Pulumi would adopt it without a word, and delete it
 * with all it holds when the stack goes.
 * @throws Error that names the namespaces
 */
export async function checkNamespaces(session: Session): Promise<void> {
  const { namespace, composeNamespaces, file } = session.settings;
  const wanted = [
    { key: "nexus:namespace", name: namespace, labels: PLATFORM_LABELS },
    ...Object.entries(composeNamespaces).map(([key, name]) => ({ key, name, labels: COMPOSE_LABELS })),
  ];
  const present = await kubectlList<Namespace>(session, "namespaces");
  const foreign = wanted.filter(({ name, labels }) => {
    const own = present.find(({ metadata }) => metadata.name === name);
    return own && Object.entries(labels).some(([label, value]) => own.metadata.labels?.[label] !== value);
  });
  if (foreign.length === 0) return;
  const args = clusterArguments(session);
  const kubectl = `kubectl --context ${args[args.indexOf("--context") + 1] ?? ""}`;
  const problems = foreign.map(({ key, name, labels }) => {
    const pairs = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
    return (
      `The namespace "${name}" exists and was not made by Nexus, which would delete it with everything in it one day. ` +
      `Fix: set ${key} in ${file} to another name, or give the namespace to Nexus with ` +
      `${kubectl} label namespace ${name} ${pairs.join(" ")}`
    );
  });
  throw new Error(problems.join("\n"));
}
