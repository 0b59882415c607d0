import { excerpt, runProgram } from "@nexus/host";
import {
  type ChangedObject,
  changesSince,
  type Drift,
  driftOf,
  driftText,
  recordedObject,
} from "../../components/guard/drift";
import { lookUp } from "../../components/guard/look-up";
import { titleOf } from "../../components/guard/planned-object";
import { nameInUrn, type RecordedResource } from "../../components/guard/recorded";
import { clusterArguments, kubectlProgram } from "../kubectl";
import type { Workload } from "../kubernetes-types";
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

/** Maximum length of the name of an image that is shown; a digest alone has 71. */
const SHOWN = 300;

/**
 * What Deployments run whose pods somebody else changed, one line each. `kubectl rollout undo` puts the pods of an
 * earlier revision into a new one, so a number alone does not say what runs.
 */
export async function runningNow(session: Session, changed: readonly ChangedObject[]): Promise<string[]> {
  const isRolled = ({ object, changes }: ChangedObject) =>
    object.kind === "Deployment" &&
    changes.some(({ fields }) => fields.some((one) => one.startsWith("spec.template.")));
  const lines = changed.filter(isRolled).map(async ({ object }) => {
    const wanted = ["get", "deployment", object.name, "--namespace", object.namespace ?? "", "-o", "json"];
    const env = { ...process.env, ...session.variables };
    const text = await runProgram(kubectlProgram(session), [...clusterArguments(session), ...wanted], { env });
    const { metadata, spec } = JSON.parse(text) as Workload;
    const revision = metadata.annotations?.["deployment.kubernetes.io/revision"] ?? "unknown";
    const images = spec.template.spec?.containers.map(({ image = "" }) => excerpt(image, SHOWN)) ?? [];
    return `${titleOf(object)} is at revision ${excerpt(revision, SHOWN)} and runs ${images.join(", ")}`;
  });
  return await Promise.all(lines);
}

/**
 * Whether Pulumi must read the cluster first (`--refresh`). It must if somebody deleted or changed an object, because
 * Pulumi would see no change. It must also if an update was interrupted during a replacement: otherwise Pulumi would
 * create the new object and then delete it, because the old one has the same name.
 */
export async function hasDrifted(session: Session, exported: ExportedStack): Promise<boolean> {
  const found = await compared(session, exported);
  const text = driftText(driftOf(...found));
  if (text === undefined) return false;
  process.stderr.write(`${text}; reading the whole cluster.\n`);
  for (const line of await runningNow(session, changesSince(...found).changed)) process.stderr.write(`${line}.\n`);
  return true;
}
