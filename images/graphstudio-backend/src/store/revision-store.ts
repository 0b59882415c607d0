import { randomUUID } from "node:crypto";
import type { ObjectId, Sealed } from "@nexus/clusters";
import { ServiceError } from "@nexus/service";
import type { Kysely } from "kysely";
import { audit } from "./audit";
import type { RevisionAct } from "./deployment-states";
import type { StudioTables } from "./tables";
import type { Tx } from "./tenant-store";

/** A request that may be sent again. */
export interface SentRequest {
  /** The idempotency key. */
  readonly key: string;
  readonly hash: string;
}

/** Where a revision belongs: a deployment that exists, or one that this makes. */
export interface DeploymentPlace {
  readonly clusterId: string;
  readonly clusterName: string;
  readonly projectId: string | null;
  readonly projectName: string;
  readonly namespace: string;
}

export interface NewRevision {
  readonly id: string;
  readonly tenantId: string;
  readonly act: RevisionAct;
  readonly detail: string | null;
  readonly projectVersion: number | null;
  readonly sealed: Sealed;
  readonly objects: readonly ObjectId[];
  readonly force: boolean;
  readonly withVolumes: boolean;
  readonly madeBy: string;
  /** The revision that it was made from, 0 for none; undefined for whichever there is. */
  readonly expected: number | undefined;
  readonly rollout?: { readonly id: string; readonly position: number; readonly inTurn: boolean };
  readonly request?: SentRequest | undefined;
}

const ACTS = {
  deploy: "deployment.deployed",
  rollback: "deployment.rolled-back",
  restart: "deployment.restarted",
  scale: "deployment.scaled",
  remove: "deployment.removed",
} as const;

/**
 * The deployments that a request made, undefined if it is new.
 * @throws ServiceError if another request had its key
 */
export async function requested(
  db: Kysely<StudioTables>,
  tenantId: string,
  { key, hash }: SentRequest,
): Promise<string[] | undefined> {
  const rows = await db
    .selectFrom("studio.revisions")
    .select(["deployment_id as id", "request_hash as hash"])
    .where("tenant_id", "=", tenantId)
    .where("request_key", "=", key)
    .orderBy("position")
    .execute();
  if (rows.some((row) => row.hash !== hash)) throw new ServiceError("idempotency_key_reused");
  return rows.length === 0 ? undefined : rows.map(({ id }) => id);
}

/**
 * The deployment of a project on a cluster, which is made where there is none. The tenant is locked.
 * @throws ServiceError if the project or the cluster was deleted since they were looked up
 */
export async function placeDeployment(tx: Tx, tenantId: string, place: DeploymentPlace): Promise<string> {
  for (const [table, id, code] of [
    ["studio.projects", place.projectId, "project_not_found"],
    ["studio.clusters", place.clusterId, "cluster_not_found"],
  ] as const) {
    const row = await tx
      .selectFrom(table)
      .select("id")
      .where("tenant_id", "=", tenantId)
      .where("id", "=", id)
      .executeTakeFirst();
    if (!row) throw new ServiceError(code);
  }
  const present = await tx
    .selectFrom("studio.deployments")
    .select("id")
    .where("tenant_id", "=", tenantId)
    .where("cluster_id", "=", place.clusterId)
    .where("namespace", "=", place.namespace)
    .where("project_id", "=", place.projectId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (present) return present.id;
  const id = randomUUID();
  const { clusterId, projectId, projectName, namespace } = place;
  await tx
    .insertInto("studio.deployments")
    .values({
      id,
      tenant_id: tenantId,
      cluster_id: clusterId,
      project_id: projectId,
      project_name: projectName,
      namespace,
      revision: 0,
    })
    .execute();
  return id;
}

/** Adds a revision, which is also the job that applies it. The tenant is locked. @returns its number */
export async function addRevision(
  tx: Tx,
  deploymentId: string,
  place: DeploymentPlace,
  added: NewRevision,
): Promise<number> {
  const { tenantId, expected } = added;
  // The queue forgets a deployment that is removed without the tenant's lock.
  const deployment = await tx
    .selectFrom("studio.deployments")
    .select("revision")
    .where("tenant_id", "=", tenantId)
    .where("id", "=", deploymentId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (!deployment) throw new ServiceError("deployment_not_found");
  const present = deployment.revision;
  if (expected !== undefined && expected !== present)
    throw new ServiceError("version_conflict", {
      detail: `The deployment is at revision ${present} by now, and this was made from revision ${expected}`,
      extensions: { revision: present },
    });
  const open = await tx
    .selectFrom("studio.revisions")
    .select(["revision", "state"])
    .where("deployment_id", "=", deploymentId)
    .where("state", "in", ["queued", "applying"])
    .executeTakeFirst();
  if (open) throw new ServiceError("deployment_busy", { detail: `Revision ${open.revision} is ${open.state}` });
  const revision = present + 1;
  await tx
    .insertInto("studio.revisions")
    .values({ ...toRow(added), deployment_id: deploymentId, revision })
    .execute();
  await tx.updateTable("studio.deployments").set({ revision }).where("id", "=", deploymentId).execute();
  const { clusterId, clusterName, namespace, projectName } = place;
  const target = { deploymentId, revision, clusterId, clusterName, namespace, projectName, detail: added.detail };
  await audit(tx, { tenantId, act: ACTS[added.act], target });
  return revision;
}

function toRow({ sealed, objects, rollout, request, ...row }: NewRevision) {
  return {
    id: row.id,
    tenant_id: row.tenantId,
    act: row.act,
    detail: row.detail,
    project_version: row.projectVersion,
    sealed: sealed.bytes,
    key_id: sealed.keyId,
    objects: JSON.stringify(objects),
    force: row.force,
    with_volumes: row.withVolumes,
    made_by: row.madeBy,
    rollout_id: rollout?.id ?? null,
    position: rollout?.position ?? 0,
    in_turn: rollout?.inTurn ?? false,
    request_key: request?.key ?? null,
    request_hash: request?.hash ?? null,
  };
}
