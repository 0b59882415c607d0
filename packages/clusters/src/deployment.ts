import { ApiRefusal } from "./api-refusal";
import { type ClusterObject, idOf, isSame, type ObjectClient, type ObjectId } from "./object-client";
import { diffObjects, type ObjectDiff } from "./object-diff";

/** Label of every object of a deployment, with its id: what does not carry it is never deleted. */
export const DEPLOYMENT_LABEL = "nexus.dev/deployment";

export interface DeploymentRequest {
  readonly deploymentId: string;
  readonly objects: readonly ClusterObject[];
  /** Objects of the revision before; those that are not among `objects` are deleted. */
  readonly previous: readonly ObjectId[];
  /** Takes over fields that somebody else manages, and objects of another deployment. @default false */
  readonly force?: boolean;
}

/** What became of one object. */
export interface ObjectOutcome {
  readonly id: ObjectId;
  /** `kept`: a namespace that exists, and that the account may not change. */
  readonly result: "applied" | "deleted" | "kept" | "refused";
  /** In the words of the API server. */
  readonly message?: string;
}

export interface PlannedObject extends ObjectDiff {
  /** Why the API server will refuse it. */
  readonly refusal?: string;
}

/** Others need these: they are applied first, and deleted last. */
const FIRST = [
  "Namespace",
  "ServiceAccount",
  "Role",
  "RoleBinding",
  "ConfigMap",
  "Secret",
  "PersistentVolumeClaim",
  "NetworkPolicy",
  "Service",
];
/** Data of people: they stay unless somebody says otherwise. */
const KEPT = ["PersistentVolumeClaim", "Namespace"];

const rank = ({ kind }: Pick<ObjectId, "kind">) => (FIRST.includes(kind) ? FIRST.indexOf(kind) : FIRST.length);
const inOrder = <Item extends Pick<ObjectId, "kind">>(items: readonly Item[]) =>
  [...items].sort((one, other) => rank(one) - rank(other));

interface PodTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
}

/**
 * The same object, its pods and its claims, with the label of its deployment. Several deployments may share a namespace, so it gets
 * none.
 */
function labelled(object: ClusterObject, deploymentId: string): ClusterObject {
  if (object.kind === "Namespace") return object;
  const own = <Metadata extends PodTemplate["metadata"]>(metadata: Metadata) => ({
    ...metadata,
    labels: { ...metadata?.labels, [DEPLOYMENT_LABEL]: deploymentId },
  });
  const { template, volumeClaimTemplates: claims } = (object.spec ?? {}) as {
    template?: PodTemplate;
    volumeClaimTemplates?: readonly PodTemplate[];
  };
  const pods = template && {
    spec: {
      ...(object.spec as object),
      template: { ...template, metadata: own(template.metadata) },
      ...(claims && { volumeClaimTemplates: claims.map((claim) => ({ ...claim, metadata: own(claim.metadata) })) }),
    },
  };
  return { ...object, ...pods, metadata: own(object.metadata) };
}

/** Throws if an object of this name belongs to somebody else, so that a deployment does not overwrite it by accident. */
function requireOwn(live: ClusterObject | undefined, { deploymentId, force = false }: DeploymentRequest): void {
  if (!live || force || live.kind === "Namespace") return;
  const owner = live.metadata.labels?.[DEPLOYMENT_LABEL];
  if (owner === deploymentId) return;
  const whose = owner === undefined ? "somebody else made it" : `it belongs to the deployment ${owner}`;
  throw new ApiRefusal(409, "Conflict", `${live.kind} ${live.metadata.name} exists, and ${whose}`);
}

/**
 * Whether an account with rights in a namespace alone cannot make or change the namespace itself. If it does not exist, the
 * first object in it is refused.
 */
const isOthersNamespace = ({ kind }: ObjectId, { status }: ApiRefusal) => kind === "Namespace" && status === 403;

/** Objects that a deployment leaves, and that exist and are its own. */
async function leftovers(client: ObjectClient, { deploymentId, objects, previous }: DeploymentRequest) {
  const wanted = objects.map(idOf);
  const gone = previous.filter((id) => !KEPT.includes(id.kind) && !wanted.some((one) => isSame(one, id)));
  const live = await Promise.all(gone.map((id) => client.get(id)));
  return live.filter((object) => object?.metadata.labels?.[DEPLOYMENT_LABEL] === deploymentId) as ClusterObject[];
}

/** What a deployment would change, as the API server answers a dry run. */
export async function planDeployment(client: ObjectClient, request: DeploymentRequest): Promise<PlannedObject[]> {
  const plan: PlannedObject[] = [];
  for (const object of inOrder(request.objects)) plan.push(await planObject(client, object, request));
  for (const live of await leftovers(client, request)) plan.push({ id: idOf(live), change: "delete", fields: [] });
  return plan;
}

async function planObject(
  client: ObjectClient,
  object: ClusterObject,
  request: DeploymentRequest,
): Promise<PlannedObject> {
  const id = idOf(object);
  try {
    const live = await client.get(id);
    requireOwn(live, request);
    const { deploymentId, force } = request;
    return diffObjects(live, await client.apply(labelled(object, deploymentId), { dryRun: true, force }));
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    if (isOthersNamespace(id, error)) return { id, change: "unchanged", fields: [] };
    const planned: PlannedObject = { id, change: "create", fields: [] };
    // A dry run makes no namespace, so the server does not find the one that this deployment makes.
    const isIn = ({ kind, metadata }: ClusterObject) => kind === "Namespace" && metadata.name === id.namespace;
    return error.status === 404 && request.objects.some(isIn) ? planned : { ...planned, refusal: error.message };
  }
}

/**
 * Applies the objects of a deployment one after another, and then deletes what the revision before had and this one has
 * not. Stops at the first refusal, and deletes nothing then.
 * @returns what became of each object, as it happens
 */
export async function* applyDeployment(
  client: ObjectClient,
  request: DeploymentRequest,
): AsyncGenerator<ObjectOutcome> {
  for (const object of inOrder(request.objects)) {
    const id = idOf(object);
    try {
      requireOwn(await client.get(id), request);
      await client.apply(labelled(object, request.deploymentId), { force: request.force });
    } catch (error) {
      if (!(error instanceof ApiRefusal)) throw error;
      if (!isOthersNamespace(id, error)) return yield { id, result: "refused", message: error.message };
      yield { id, result: "kept" };
      continue;
    }
    yield { id, result: "applied" };
  }
  for (const { metadata, ...live } of inOrder(await leftovers(client, request)).reverse()) {
    const id = idOf({ ...live, metadata });
    if (await client.delete(id, metadata.uid)) yield { id, result: "deleted" };
  }
}

/**
 * Deletes the objects of a deployment.
 * @param withVolumes whether claims, and with them their data, go as well
 */
export async function* removeDeployment(
  client: ObjectClient,
  {
    deploymentId,
    previous,
    withVolumes,
  }: { deploymentId: string; previous: readonly ObjectId[]; withVolumes: boolean },
): AsyncGenerator<ObjectOutcome> {
  for (const id of inOrder(previous).reverse()) {
    if (KEPT.includes(id.kind) && !(withVolumes && id.kind === "PersistentVolumeClaim")) continue;
    const live = await client.get(id);
    if (live?.metadata.labels?.[DEPLOYMENT_LABEL] !== deploymentId) continue;
    if (await client.delete(id, live.metadata.uid)) yield { id, result: "deleted" };
  }
  if (withVolumes) yield* removeClaims(client, deploymentId, previous);
}

const CLAIM = { apiVersion: "v1", kind: "PersistentVolumeClaim" };

/** Claims that StatefulSets made of their templates, or that earlier revisions left, carry the label of the deployment. */
async function* removeClaims(
  client: ObjectClient,
  deploymentId: string,
  previous: readonly ObjectId[],
): AsyncGenerator<ObjectOutcome> {
  const inside = previous.filter(({ kind }) => kind !== "Namespace");
  for (const namespace of new Set(inside.map((id) => id.namespace ?? "default")))
    for await (const claim of client.list({ ...CLAIM, namespace }, `${DEPLOYMENT_LABEL}=${deploymentId}`)) {
      if (previous.some((id) => isSame(id, idOf(claim)))) continue;
      const { name, uid } = claim.metadata;
      if (await client.delete({ ...CLAIM, namespace, name }, uid)) yield { id: idOf(claim), result: "deleted" };
    }
}
