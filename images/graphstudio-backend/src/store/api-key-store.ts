import { createHash, randomUUID } from "node:crypto";
import type { KeyScope, Role } from "@nexus/contract";
import { createApiKey, isAfter, type Page, type PageRequest, position, type Room, toPage } from "@nexus/service";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import { audit } from "./audit";
import { lacksFactor } from "./lacks-factor";
import { countApiKeys, requireRoom } from "./room";
import { planInForce } from "./subscription-store";
import type { StudioTables } from "./tables";
import type { Tx } from "./tenant-store";

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: KeyScope[];
  readonly madeBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** To the minute; null for a key that was never used. */
  readonly lastUsedAt: Date | null;
}

/** Whom a key is for, and what it may do at most. */
export interface KeyHolder {
  readonly id: string;
  readonly tenantId: string;
  /** What its maker is in the tenant now. */
  readonly role: Role;
  readonly scopes: KeyScope[];
  /** The tenant's plan now; undefined for the default plan. */
  readonly plan?: string | undefined;
}

/** The key is random enough that a fast hash protects it. */
const hashOf = (key: string) => createHash("sha256").update(key).digest();

const now = sql<Date>`now()`;

/** API keys; the database holds their hashes. */
export class ApiKeyStore {
  constructor(private readonly db: Kysely<StudioTables>) {}

  /** The newest ones first. */
  async list(tenantId: string, { limit, after }: PageRequest): Promise<Page<ApiKey>> {
    const rows = await this.db
      .selectFrom("studio.api_keys")
      .select(["id", "name", "scopes", position])
      .select(["created_at as createdAt", "expires_at as expiresAt", "last_used_at as lastUsedAt"])
      .select(({ selectFrom }) =>
        selectFrom("studio.users")
          .select("email")
          .whereRef("studio.users.id", "=", "studio.api_keys.made_by")
          .$asScalar()
          .$notNull()
          .as("madeBy"),
      )
      .where("tenant_id", "=", tenantId)
      .where(isAfter(after, "<"))
      .orderBy("created_at", "desc")
      .orderBy("id", "desc")
      .limit(limit + 1)
      .execute();
    return toPage(rows, limit, (row) => row.position);
  }

  /**
   * Undefined for a key that was revoked, has run out, or whose maker left the tenant, is suspended or lacks the second
   * factor that the tenant requires.
   */
  async check(key: string): Promise<KeyHolder | undefined> {
    const found = await this.db
      .selectFrom("studio.api_keys as keys")
      .innerJoin("studio.members as makers", (join) =>
        join.onRef("makers.user_id", "=", "keys.made_by").onRef("makers.tenant_id", "=", "keys.tenant_id"),
      )
      .innerJoin("studio.users as persons", "persons.id", "keys.made_by")
      .innerJoin("studio.tenants as tenants", "tenants.id", "keys.tenant_id")
      .leftJoin("studio.subscriptions as subscriptions", "subscriptions.tenant_id", "keys.tenant_id")
      .select(["keys.id", "keys.tenant_id as tenantId", "makers.role", "keys.scopes", planInForce.as("plan")])
      .where("keys.key_hash", "=", hashOf(key))
      .where("keys.expires_at", ">", now)
      .where("persons.suspended_reason", "is", null)
      .where(({ not }) => not(lacksFactor("makers")))
      .executeTakeFirst();
    if (!found) return undefined;
    await this.use(found.id);
    return { ...found, plan: found.plan ?? undefined };
  }

  private async use(id: string): Promise<void> {
    await this.db
      .updateTable("studio.api_keys")
      .set({ last_used_at: now })
      .where("id", "=", id)
      .where(({ or, eb }) =>
        or([eb("last_used_at", "is", null), eb("last_used_at", "<", sql<Date>`now() - interval '1 minute'`)]),
      )
      .execute();
  }
}

export interface NewApiKey {
  readonly tenantId: string;
  readonly madeBy: string;
  readonly name: string;
  readonly scopes: KeyScope[];
  readonly days: number;
}

/** @returns the key, which nobody can read again. @param room how many the tenant, which is locked, may have */
export async function makeKey(tx: Tx, { tenantId, madeBy, name, scopes, days }: NewApiKey, room: Room) {
  await tx.deleteFrom("studio.api_keys").where("tenant_id", "=", tenantId).where("expires_at", "<=", now).execute();
  requireRoom("API keys", await countApiKeys(tx, tenantId), room);
  const [id, key] = [randomUUID(), createApiKey()];
  const { expiresAt } = await tx
    .insertInto("studio.api_keys")
    .values({
      id,
      tenant_id: tenantId,
      made_by: madeBy,
      name,
      key_hash: hashOf(key),
      scopes,
      expires_at: sql<Date>`now() + ${days} * interval '1 day'`,
    })
    .returning("expires_at as expiresAt")
    .executeTakeFirstOrThrow();
  await audit(tx, { tenantId, act: "key.made", target: { keyId: id, name, scopes: scopes.join(" ") } });
  return { id, key, name, scopes, expiresAt };
}

/** @returns false where the tenant has no such key */
export async function revokeKey(tx: Tx, tenantId: string, id: string): Promise<boolean> {
  const revoked = await tx
    .deleteFrom("studio.api_keys")
    .where("tenant_id", "=", tenantId)
    .where("id", "=", id)
    .returning(["id as keyId", "name"])
    .executeTakeFirst();
  if (revoked) await audit(tx, { tenantId, act: "key.revoked", target: revoked });
  return revoked !== undefined;
}
