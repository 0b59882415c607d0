import { type StandingList, standingOf } from "@nexus/service";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import { audit } from "./audit";
import type { StudioTables } from "./tables";
import type { Tx } from "./tenant-store";

/** Longer than any access token lives. */
const KEEP = "2 days";

/** What `suspend` and `resume` are about. */
export type Kind = "tenant" | "person";

/** Who may not work now, and who has another role than their tokens may say. */
export class StandingStore {
  constructor(private readonly db: Kysely<StudioTables>) {}

  async list(): Promise<StandingList> {
    const suspended = (table: "studio.tenants" | "studio.users") =>
      this.db
        .selectFrom(table)
        .select(["id", "suspended_reason as reason"])
        .where("suspended_reason", "is not", null)
        .orderBy("id")
        .execute();
    // One after the other: this is asked often, and needs no more than one connection.
    const tenants = await suspended("studio.tenants");
    const persons = await suspended("studio.users");
    const deleted = await this.db
      .selectFrom("studio.deleted")
      .select(["id", "kind", sql<boolean>`erased_at is not null`.as("erased")])
      .orderBy("id")
      .execute();
    const roles = await this.db
      .selectFrom("studio.role_changes")
      .select(["tenant_id as tenantId", "user_id as userId", "role"])
      .orderBy("tenant_id")
      .orderBy("user_id")
      .execute();
    const gone = (kind: Kind) => deleted.filter((one) => one.kind === kind);
    return standingOf({
      tenants: [
        ...tenants.map((tenant) => ({ ...tenant, erased: false })),
        ...gone("tenant").map(({ id, erased }) => ({ id, erased, reason: null })),
      ],
      persons: [...persons, ...gone("person").map(({ id }) => ({ id, reason: null }))],
      roles,
    });
  }

  /** Notes that the kernel has nothing of deleted tenants any more. */
  async erased(tenantIds: readonly string[]): Promise<void> {
    for (const tenantId of tenantIds)
      await this.db.transaction().execute(async (tx) => {
        const { numUpdatedRows } = await tx
          .updateTable("studio.deleted")
          .set({ erased_at: sql<Date>`now()` })
          .where("id", "=", tenantId)
          .where("kind", "=", "tenant")
          .where("erased_at", "is", null)
          .executeTakeFirst();
        if (numUpdatedRows > 0n) await audit(tx, { tenantId, act: "tenant.erased" });
      });
  }

  /** Removes entries that every service knows by now. */
  async prune(): Promise<void> {
    await this.db
      .deleteFrom("studio.deleted")
      .where("deleted_at", "<", sql<Date>`now() - ${KEEP}::interval`)
      .where(({ or, eb }) => or([eb("kind", "=", "person"), eb("erased_at", "is not", null)]))
      .execute();
    await this.db
      .deleteFrom("studio.role_changes")
      .where("changed_at", "<", sql<Date>`now() - ${KEEP}::interval`)
      .execute();
  }
}

/** Tells all services that something may not be used any more. */
export async function noteDeleted(tx: Tx, id: string, kind: Kind): Promise<void> {
  await tx.insertInto("studio.deleted").values({ id, kind }).execute();
}
