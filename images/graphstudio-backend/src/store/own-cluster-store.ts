import { randomUUID } from "node:crypto";
import type { ClusterCredential, ClusterHealth } from "@nexus/clusters";
import type { Kysely } from "kysely";
import { healthOf } from "./cluster-store";
import type { StudioTables } from "./tables";

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
    const namespace = (await this.namespaceOf(tenantId)) ?? "";
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

  /** The namespace of a tenant, which keeps it; undefined if all are taken. @param pool namespaces that there are */
  async takeNamespace(tenantId: string, pool: readonly string[]): Promise<string | undefined> {
    // As many attempts as others may be faster.
    for (let attempt = 0; attempt < pool.length; attempt += 1) {
      const name = (await this.namespaceOf(tenantId)) ?? (await this.freeNamespace(pool));
      if (name === undefined) return undefined;
      await this.db
        .insertInto("studio.tenant_namespaces")
        .values({ name, tenant_id: tenantId })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      if ((await this.namespaceOf(tenantId)) !== name) continue;
      await this.db
        .updateTable("studio.clusters")
        .set({ namespace: name })
        .where("tenant_id", "=", tenantId)
        .where("own", "=", true)
        .execute();
      return name;
    }
    return undefined;
  }

  private async namespaceOf(tenantId: string): Promise<string | undefined> {
    const row = await this.db
      .selectFrom("studio.tenant_namespaces")
      .select("name")
      .where("tenant_id", "=", tenantId)
      .executeTakeFirst();
    return row?.name;
  }

  private async freeNamespace(pool: readonly string[]): Promise<string | undefined> {
    const rows = await this.db.selectFrom("studio.tenant_namespaces").select("name").execute();
    return pool.find((name) => !rows.some((taken) => taken.name === name));
  }
}
