import { randomUUID } from "node:crypto";
import type { ClusterCredential, ClusterHealth } from "@nexus/clusters";
import type { Kysely } from "kysely";
import { healthOf } from "./cluster-store";
import type { StudioTables } from "./tables";
import type { Tx } from "./tenant-store";

/** Nothing of its credential is in the database. */
const NOTHING_SEALED = { sealed: Buffer.alloc(0), key_id: "" };
const NAME = "This cluster";
const MOST_NAMES = 10;

/** The rows of this cluster, one for each tenant that may use it, and the namespaces that they have there. */
export class OwnClusterStore {
  constructor(private readonly db: Kysely<StudioTables>) {}

  async has(tenantId: string): Promise<boolean> {
    const row = await this.db
      .selectFrom("studio.clusters")
      .select("id")
      .where("tenant_id", "=", tenantId)
      .where("own", "=", true)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Makes the row; one that another request makes at the same time counts as well. */
  async add(
    tenantId: string,
    { context, server }: Pick<ClusterCredential, "context" | "server">,
    health: ClusterHealth,
  ): Promise<void> {
    const namespace = (await namespaceOf(this.db, tenantId)) ?? "";
    // The tenant may have given the name to a cluster of its own.
    for (let number = 1; number <= MOST_NAMES; number += 1) {
      await this.db
        .insertInto("studio.clusters")
        .values({
          ...{ id: randomUUID(), tenant_id: tenantId, name: number === 1 ? NAME : `${NAME} (${number})` },
          ...{ context, server, namespace, insecure: false, own: true },
          ...NOTHING_SEALED,
          ...healthOf(health),
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      if (await this.has(tenantId)) return;
    }
  }

  /** The namespace that a tenant has, or would get now; undefined if all are taken. @param pool namespaces that there are */
  async namespaceFor(tenantId: string, pool: readonly string[]): Promise<string | undefined> {
    const own = await namespaceOf(this.db, tenantId);
    if (own !== undefined) return own;
    const rows = await this.db.selectFrom("studio.tenant_namespaces").select("name").execute();
    return pool.find((name) => !rows.some((taken) => taken.name === name));
  }
}

/** Gives a namespace to a tenant, which is locked. @returns false where another tenant was faster */
export async function takeNamespace(tx: Tx, tenantId: string, name: string): Promise<boolean> {
  await tx
    .insertInto("studio.tenant_namespaces")
    .values({ name, tenant_id: tenantId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  if ((await namespaceOf(tx, tenantId)) !== name) return false;
  await showNamespace(tx, tenantId, name);
  return true;
}

/** Takes the namespace from a tenant, which is locked, unless it has a deployment there. */
export async function releaseNamespace(tx: Tx, tenantId: string): Promise<void> {
  const deployed = await tx
    .selectFrom("studio.deployments as deployments")
    .innerJoin("studio.clusters as clusters", "clusters.id", "deployments.cluster_id")
    .select("deployments.id")
    .where("deployments.tenant_id", "=", tenantId)
    .where("clusters.own", "=", true)
    .executeTakeFirst();
  if (deployed) return;
  await tx.deleteFrom("studio.tenant_namespaces").where("tenant_id", "=", tenantId).execute();
  await showNamespace(tx, tenantId, "");
}

async function showNamespace(tx: Tx, tenantId: string, namespace: string): Promise<void> {
  await tx
    .updateTable("studio.clusters")
    .set({ namespace })
    .where("tenant_id", "=", tenantId)
    .where("own", "=", true)
    .execute();
}

async function namespaceOf(db: Kysely<StudioTables>, tenantId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom("studio.tenant_namespaces")
    .select("name")
    .where("tenant_id", "=", tenantId)
    .executeTakeFirst();
  return row?.name;
}
