import { ServiceError } from "@nexus/service";
import { type Kysely, sql } from "kysely";
import type { KernelTables } from "./tables";

/** An idempotency key of a request; its scope is a workspace or, before there is one, a tenant. */
export interface IdempotencyKey {
  readonly scope: string;
  readonly key: string;
  /** Hash of method, path and body: the same key for another request is a mistake of the caller. */
  readonly requestHash: string;
}

export interface StoredAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Another request with the same key was faster. */
export class KeyTakenError extends Error {
  override readonly name = "KeyTakenError";
}

const KEPT = sql`interval '24 hours'`;

/** Answers by key, kept for 24 hours and written in the transaction of the change that they answer. */
export class IdempotencyStore {
  constructor(private readonly db: Kysely<KernelTables>) {}

  async find({ scope, key, requestHash }: IdempotencyKey): Promise<StoredAnswer | undefined> {
    const row = await this.db
      .selectFrom("kernel.idempotency_keys")
      .select(["request_hash", "status", "body"])
      .where("scope", "=", scope)
      .where("key", "=", key)
      .executeTakeFirst();
    if (!row) return undefined;
    if (row.request_hash !== requestHash) throw new ServiceError("idempotency_key_reused");
    return { status: row.status, body: JSON.parse(row.body) as unknown };
  }

  /** Throws a KeyTakenError if there is an answer already. */
  async keep({ scope, key, requestHash }: IdempotencyKey, { status, body }: StoredAnswer): Promise<void> {
    const values = { scope, key, request_hash: requestHash, status, body: JSON.stringify(body ?? null) };
    const { numInsertedOrUpdatedRows } = await this.db
      .insertInto("kernel.idempotency_keys")
      .values(values)
      // What the database refuses it writes into its log, with the key.
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows === 0n) throw new KeyTakenError("the key has an answer");
  }

  /** Forgets old keys. */
  async prune(): Promise<void> {
    await this.db
      .deleteFrom("kernel.idempotency_keys")
      .where("created_at", "<", sql<Date>`now() - ${KEPT}`)
      .execute();
  }
}
