import { randomUUID } from "node:crypto";
import type { ClusterCredential, ClusterHealth, Sealed } from "@nexus/clusters";
import { type Room, ServiceError } from "@nexus/service";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import { audit } from "./audit";
import type { ClusterScan } from "./cluster-scan";
import type { ClusterStatus } from "./cluster-states";
import { countClusters, requireRoom } from "./room";
import { planOf } from "./subscription-store";
import type { StudioTables } from "./tables";
import { isUniqueViolation } from "./unique-violation";
import type { Tx } from "./tenant-store";

/** A cluster as its tenant sees it: without its credentials. */
export interface Cluster {
  readonly id: string;
  readonly name: string;
  readonly context: string;
  readonly server: string;
  readonly namespace: string;
  readonly insecure: boolean;
  /** Whether members deploy there too. */
  readonly membersDeploy: boolean;
  /** Whether it is the cluster that the platform runs in. */
  readonly own: boolean;
  readonly status: ClusterStatus;
  readonly statusReason: string | null;
  readonly checkedAt: Date;
  readonly version: string | null;
  readonly nodeCount: number | null;
  readonly createdAt: Date;
  /** Null before the first scan. */
  readonly scan: ClusterScan | null;
}

export interface SealedCluster extends Sealed {
  readonly id: string;
  readonly tenantId: string;
  readonly own: boolean;
}

export interface NewCluster {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly credential: ClusterCredential;
  readonly sealed: Sealed;
  readonly health: ClusterHealth;
}

const columns = [
  "id",
  "name",
  "context",
  "server",
  "namespace",
  "insecure",
  "members_deploy as membersDeploy",
  "own",
  "status",
  "status_reason as statusReason",
  "checked_at as checkedAt",
  "version",
  "node_count as nodeCount",
  "created_at as createdAt",
  "scan",
] as const;

const sealedColumns = ["id", "tenant_id as tenantId", "own", "sealed as bytes", "key_id as keyId"] as const;

export const healthOf = ({ status, reason, version, nodeCount }: ClusterHealth) => ({
  status,
  status_reason: reason,
  checked_at: sql<Date>`now()`,
  version,
  node_count: nodeCount,
});

export const newClusterId = (): string => randomUUID();

/** Clusters of tenants. */
export class ClusterStore {
  /** @param mayUseOwn whether a tenant may use the cluster that the platform runs in; who may not does not see it */
  constructor(
    private readonly db: Kysely<StudioTables>,
    private readonly mayUseOwn: (tenantId: string) => boolean,
  ) {}

  async list(tenantId: string): Promise<Cluster[]> {
    return await this.of(tenantId).select(columns).orderBy("own", "desc").orderBy("name").execute();
  }

  async find(tenantId: string, id: string): Promise<Cluster | undefined> {
    return await this.of(tenantId).select(columns).where("id", "=", id).executeTakeFirst();
  }

  async count(tenantId: string): Promise<number> {
    return await countClusters(this.db, tenantId);
  }

  async planOf(tenantId: string): Promise<string | undefined> {
    return await planOf(this.db, tenantId);
  }

  async sealed(tenantId: string, id: string): Promise<SealedCluster | undefined> {
    return await this.of(tenantId).select(sealedColumns).where("id", "=", id).executeTakeFirst();
  }

  /** Whether members deploy there too. */
  async membersDeploy(tenantId: string, id: string): Promise<boolean> {
    const row = await this.db
      .selectFrom("studio.clusters")
      .select("members_deploy as membersDeploy")
      .where("tenant_id", "=", tenantId)
      .where("id", "=", id)
      .executeTakeFirst();
    return row?.membersDeploy ?? false;
  }

  /** @param scan what a scan found meanwhile; without one the last one stays */
  async checked(tenantId: string, id: string, health: ClusterHealth, scan?: ClusterScan): Promise<Cluster | undefined> {
    return await this.db
      .updateTable("studio.clusters")
      .set({ ...healthOf(health), ...(scan && { scan: JSON.stringify(scan) }) })
      .where("tenant_id", "=", tenantId)
      .where("id", "=", id)
      .returning(columns)
      .executeTakeFirst();
  }

  /** Clusters whose state is older than that, the oldest first. Those of suspended tenants are left alone. */
  async due(minutes: number, limit: number): Promise<SealedCluster[]> {
    return await this.db
      .selectFrom("studio.clusters")
      .select(sealedColumns)
      .where("checked_at", "<", sql<Date>`now() - make_interval(mins => ${minutes})`)
      .where("tenant_id", "in", (tenants) =>
        tenants.selectFrom("studio.tenants").select("id").where("suspended_reason", "is", null),
      )
      .orderBy("checked_at")
      .limit(limit)
      .execute();
  }

  private of(tenantId: string) {
    const all = this.db.selectFrom("studio.clusters").where("tenant_id", "=", tenantId);
    return this.mayUseOwn(tenantId) ? all : all.where("own", "=", false);
  }
}

/** @param room how many the tenant, which is locked, may have */
export async function addCluster(tx: Tx, cluster: NewCluster, room: Room): Promise<Cluster> {
  const { id, tenantId, name, credential, sealed, health } = cluster;
  const { context, server, namespace, insecure } = credential;
  requireRoom("clusters", await countClusters(tx, tenantId), room);
  try {
    const added = await tx
      .insertInto("studio.clusters")
      .values({
        id,
        tenant_id: tenantId,
        name,
        context,
        server,
        namespace,
        insecure,
        sealed: sealed.bytes,
        key_id: sealed.keyId,
        ...healthOf(health),
      })
      .returning(columns)
      .executeTakeFirstOrThrow();
    await audit(tx, { tenantId, act: "cluster.added", target: { clusterId: id, name, server } });
    return added;
  } catch (error) {
    if (isUniqueViolation(error)) throw new ServiceError("cluster_name_taken");
    throw error;
  }
}

/** Keeps what a scan found. @throws ServiceError if the tenant has no such cluster any more */
export async function keepScan(
  tx: Tx,
  { tenantId, id }: Pick<NewCluster, "tenantId" | "id">,
  health: ClusterHealth,
  scan: ClusterScan,
): Promise<Cluster> {
  const scanned = await tx
    .updateTable("studio.clusters")
    .set({ ...healthOf(health), scan: JSON.stringify(scan) })
    .where("tenant_id", "=", tenantId)
    .where("id", "=", id)
    .returning(columns)
    .executeTakeFirst();
  if (!scanned) throw new ServiceError("cluster_not_found");
  const target = { clusterId: id, name: scanned.name, namespaces: scan.namespaces.join(", ") };
  await audit(tx, { tenantId, act: "cluster.scanned", target });
  return scanned;
}

/** @returns false where the tenant has no such cluster that can be removed */
export async function removeCluster(tx: Tx, tenantId: string, id: string): Promise<boolean> {
  const removed = await tx
    .deleteFrom("studio.clusters")
    .where("tenant_id", "=", tenantId)
    .where("own", "=", false)
    .where("id", "=", id)
    .returning(["id as clusterId", "name", "server"])
    .executeTakeFirst();
  if (removed) await audit(tx, { tenantId, act: "cluster.removed", target: removed });
  return removed !== undefined;
}

/** @returns false where the tenant has no such cluster */
export async function allowMembers(tx: Tx, tenantId: string, id: string, allowed: boolean): Promise<boolean> {
  const changed = await tx
    .updateTable("studio.clusters")
    .set({ members_deploy: allowed })
    .where("tenant_id", "=", tenantId)
    .where("id", "=", id)
    .returning(["id as clusterId", "name"])
    .executeTakeFirst();
  if (changed) await audit(tx, { tenantId, act: allowed ? "cluster.opened" : "cluster.closed", target: changed });
  return changed !== undefined;
}
