import { type Drift, driftOf, driftText, recordedObject } from "../../components/guard/drift";
import { lookUp } from "../../components/guard/look-up";
import { nameInUrn, type RecordedResource } from "../../components/guard/recorded";
import { exportStack } from "../pulumi";
import type { Session } from "../session";
import type { StackOptions } from "../stack-settings";

async function recordedIn(session: Session, { stack }: StackOptions): Promise<RecordedResource[]> {
  const { deployment } = await exportStack(session.variables, stack);
  return (deployment?.resources ?? [])
    .filter((resource) => !resource.delete)
    .map(({ type, urn, outputs = {} }) => ({ type, name: nameInUrn(urn), outputs }));
}

/** What somebody else did to the stack's objects since its last update, by their metadata alone. */
export async function lookForDrift(session: Session, options: StackOptions): Promise<Drift> {
  const recorded = await recordedIn(session, options);
  const objects = recorded.flatMap((resource) => recordedObject(resource) ?? []);
  const { context, kubeconfig } = session.platform ?? session.settings;
  if (objects.length === 0 || context === undefined) return { lost: [], changed: [] };
  return driftOf(recorded, await lookUp({ context, kubeconfig }, objects));
}

/**
 * Whether the cluster has to be looked at (`--refresh`), without which Pulumi would see no change: somebody deleted or
 * changed an object. Or an update was cut in the middle of a replacement: the next one makes the object anew, and then
 * Pulumi deletes it, by its name, as the one from before.
 */
export async function hasDrifted(session: Session, options: StackOptions): Promise<boolean> {
  const text = driftText(await lookForDrift(session, options));
  if (text === undefined) return false;
  process.stderr.write(`${text}; looking at the whole cluster.\n`);
  return true;
}
