import { changesSince, type Drift, driftOf, driftText, recordedObject } from "../../components/guard/drift";
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

/** The state, and what the cluster has of it. */
async function compared(session: Session, options: StackOptions): Promise<Parameters<typeof changesSince>> {
  const recorded = await recordedIn(session, options);
  const objects = recorded.flatMap((resource) => recordedObject(resource) ?? []);
  const { context, kubeconfig } = session.platform ?? session.settings;
  if (objects.length === 0 || context === undefined) return [[], []];
  return [recorded, await lookUp({ context, kubeconfig }, objects)];
}

/** Changes that somebody else made to the stack's objects since its last update, found in their metadata. */
export async function lookForDrift(session: Session, options: StackOptions): Promise<Drift> {
  return driftOf(...(await compared(session, options)));
}

/** As {@link lookForDrift}, with the fields and who wrote each of them. */
export async function lookForChanges(
  session: Session,
  options: StackOptions,
): Promise<ReturnType<typeof changesSince>> {
  return changesSince(...(await compared(session, options)));
}

/**
 * Whether Pulumi must read the cluster first (`--refresh`). It must if somebody deleted or changed an object, because
 * Pulumi would see no change. It must also if an update was interrupted during a replacement: otherwise Pulumi would
 * create the new object and then delete it, because the old one has the same name.
 */
export async function hasDrifted(session: Session, options: StackOptions): Promise<boolean> {
  const text = driftText(await lookForDrift(session, options));
  if (text === undefined) return false;
  process.stderr.write(`${text}; reading the whole cluster.\n`);
  return true;
}
