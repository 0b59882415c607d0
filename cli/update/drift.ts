import { changesSince, type Drift, driftOf, driftText, recordedObject } from "../../components/guard/drift";
import { lookUp } from "../../components/guard/look-up";
import { nameInUrn, type RecordedResource } from "../../components/guard/recorded";
import { type ExportedStack, exportStack } from "../pulumi";
import type { Session } from "../session";
import type { StackOptions } from "../stack-settings";

function recordedIn({ deployment }: ExportedStack): RecordedResource[] {
  return (deployment?.resources ?? [])
    .filter((resource) => !resource.delete)
    .map(({ type, urn, outputs = {} }) => ({ type, name: nameInUrn(urn), outputs }));
}

/** The state, and what the cluster has of it. */
async function compared(session: Session, exported: ExportedStack): Promise<Parameters<typeof changesSince>> {
  const recorded = recordedIn(exported);
  const objects = recorded.flatMap((resource) => recordedObject(resource) ?? []);
  const { context, kubeconfig } = session.platform ?? session.settings;
  if (objects.length === 0 || context === undefined) return [[], []];
  return [recorded, await lookUp({ context, kubeconfig }, objects)];
}

/** Changes that somebody else made to the stack's objects since its last update, found in their metadata. */
export async function lookForDrift(session: Session, { stack }: StackOptions): Promise<Drift> {
  return driftOf(...(await compared(session, await exportStack(session.variables, stack))));
}

/** As {@link lookForDrift}, with the fields and who wrote each of them. */
export async function lookForChanges(
  session: Session,
  { stack }: StackOptions,
): Promise<ReturnType<typeof changesSince>> {
  return changesSince(...(await compared(session, await exportStack(session.variables, stack))));
}

/**
 * Whether Pulumi must read the cluster first (`--refresh`). It must if somebody deleted or changed an object, because
 * Pulumi would see no change. It must also if an update was interrupted during a replacement: otherwise Pulumi would
 * create the new object and then delete it, because the old one has the same name.
 */
export async function hasDrifted(session: Session, exported: ExportedStack): Promise<boolean> {
  const text = driftText(driftOf(...(await compared(session, exported))));
  if (text === undefined) return false;
  process.stderr.write(`${text}; reading the whole cluster.\n`);
  return true;
}
