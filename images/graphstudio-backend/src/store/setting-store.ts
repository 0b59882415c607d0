import { randomUUID } from "node:crypto";
import type { Sealed } from "@nexus/clusters";
import { type Page, type PageRequest, toPage } from "@nexus/service";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import { audit } from "./audit";
import { madeBy } from "./made-by";
import { requireRoom } from "./room";
import type { SealedText } from "./sealed-rows";
import type { StudioTables } from "./tables";
import type { Tx } from "./tenant-store";

/** A variable of a tenant, with its encrypted value. */
export interface SealedSetting extends SealedText {
  readonly name: string;
  readonly secret: boolean;
  /** Who gave it its value; null for who is gone. */
  readonly madeBy: string | null;
  readonly updatedAt: Date;
}

export interface NewSetting {
  readonly tenantId: string;
  readonly name: string;
  readonly secret: boolean;
  readonly madeBy: string;
}

/** Settings of tenants. */
export class SettingStore {
  constructor(private readonly db: Kysely<StudioTables>) {}

  /** By name. */
  async list(tenantId: string, { limit, after = "" }: PageRequest): Promise<Page<SealedSetting>> {
    const rows = await this.query(tenantId)
      .where("settings.name", ">", after)
      .limit(limit + 1)
      .execute();
    return toPage(rows, limit, ({ name }) => name);
  }

  async all(tenantId: string): Promise<SealedSetting[]> {
    return await this.query(tenantId).execute();
  }

  private query(tenantId: string) {
    return this.db
      .selectFrom("studio.settings as settings")
      .select(["settings.id", "settings.tenant_id as tenantId", "settings.name", "settings.secret"])
      .select(["settings.sealed as bytes", "settings.key_id as keyId", "settings.updated_at as updatedAt"])
      .select(madeBy("settings"))
      .where("settings.tenant_id", "=", tenantId)
      .orderBy("settings.name");
  }
}

/**
 * Gives a setting a value. The tenant is locked.
 * @param seal encrypts the value for the row with this id
 * @param most how many settings the tenant may have
 */
export async function putSetting(
  tx: Tx,
  { tenantId, name, secret, madeBy: by }: NewSetting,
  seal: (id: string) => Sealed,
  most: number,
): Promise<void> {
  const present = await tx
    .selectFrom("studio.settings")
    .select("id")
    .where("tenant_id", "=", tenantId)
    .where("name", "=", name)
    .executeTakeFirst();
  if (!present) {
    const { count } = await tx
      .selectFrom("studio.settings")
      .select(({ fn }) => fn.countAll<string>().as("count"))
      .where("tenant_id", "=", tenantId)
      .executeTakeFirstOrThrow();
    requireRoom("settings", Number(count), { limit: most });
  }
  const id = present?.id ?? randomUUID();
  const { bytes, keyId } = seal(id);
  const value = { secret, sealed: bytes, key_id: keyId, made_by: by, updated_at: sql<Date>`now()` };
  await tx
    .insertInto("studio.settings")
    .values({ id, tenant_id: tenantId, name, ...value })
    .onConflict((conflict) => conflict.column("id").doUpdateSet(value))
    .execute();
  await audit(tx, { tenantId, act: "setting.changed", target: { name } });
}

/** @returns false where the tenant has no such setting */
export async function removeSetting(tx: Tx, tenantId: string, name: string): Promise<boolean> {
  const removed = await tx
    .deleteFrom("studio.settings")
    .where("tenant_id", "=", tenantId)
    .where("name", "=", name)
    .returning("name")
    .executeTakeFirst();
  if (removed) await audit(tx, { tenantId, act: "setting.removed", target: removed });
  return removed !== undefined;
}
