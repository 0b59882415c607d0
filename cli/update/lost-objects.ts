import { runProgram } from "@nexus/host";
import { clusterArguments, kubectlProgram } from "../kubectl";
import { exportStack } from "../pulumi";
import type { Session } from "../session";
import type { StackOptions } from "../stack-settings";

/** Jobs may go when they have done their work. */
const KIND = /^kubernetes:[^:]+:(?!Job$)(\w+)$/;

/** The objects in the stack's namespace, as its state has them: `kind/name`, the kind in lower case. */
async function recordedObjects({ settings, variables }: Session, { stack }: StackOptions): Promise<string[]> {
  const { deployment } = await exportStack(variables, stack);
  return (deployment?.resources ?? []).flatMap(({ type, inputs }) => {
    const kind = KIND.exec(type)?.[1]?.toLowerCase();
    const { name, namespace } = inputs?.metadata ?? {};
    return kind && name && namespace === settings.namespace ? [`${kind}/${name}`] : [];
  });
}

/** The objects of these kinds that the cluster has, as {@link recordedObjects} writes them. */
async function presentObjects(session: Session, kinds: readonly string[]): Promise<Set<string>> {
  const args = [...clusterArguments(session), "get", kinds.join(","), "-o", "name"];
  const text = await runProgram(kubectlProgram(session), args, { env: { ...process.env, ...session.variables } });
  // "deployment.apps/redis"
  return new Set(text.split("\n").map((line) => line.trim().replace(/\.[^/]*/, "")));
}

/**
 * Whether the cluster lost an object that the state still has: without looking at it (`--refresh`), Pulumi would see no
 * change.
 * Somebody may have deleted it. Or an update was cut in the middle of a replacement: the next one makes the object anew,
 * and then Pulumi deletes it, by its name, as the one from before.
 */
export async function hasLostObjects(session: Session, options: StackOptions): Promise<boolean> {
  const recorded = await recordedObjects(session, options);
  if (recorded.length === 0) return false;
  const present = await presentObjects(session, [...new Set(recorded.map((object) => object.split("/")[0] ?? ""))]);
  const lost = recorded.filter((object) => !present.has(object));
  if (lost.length === 0) return false;
  process.stderr.write(`The cluster has lost ${lost.sort().join(", ")}; looking at all of it.\n`);
  return true;
}
