import { ServiceError } from "@nexus/service";
import { type Kysely, sql, type Transaction } from "kysely";
import type { KernelTables } from "./tables";

/** A key that a caller gave to a request, within a workspace or, for what has none yet, a tenant. */
export interface IdempotencyKey {
  readonly scope: string;
  readonly key: string;
  /** Of method, path and body: the same key for another request is a mistake of the caller. */
  readonly requestHash: string;
}

export interface StoredAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface OnceAnswer extends StoredAnswer {
  /** The request was carried out before; this is its answer from then. */
  readonly replayed: boolean;
}

const UNIQUE_VIOLATION = "23505";
const KEPT = sql`interval '24 hours'`;

/** Answers by key, kept for 24 hours and written in the transaction of what they answer. */
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

  /** Carries a change out in one transaction with its answer, unless that happened before. */
  async once(
    key: IdempotencyKey | undefined,
    change: (trx: Transaction<KernelTables>) => Promise<StoredAnswer>,
  ): Promise<OnceAnswer> {
    const earlier = key && (await this.find(key));
    if (earlier) return { ...earlier, replayed: true };
    try {
      const answer = await this.db.transaction().execute(async (trx) => {
        const made = await change(trx);
        if (key) await insertAnswer(trx, key, made);
        return made;
      });
      return { ...answer, replayed: false };
    } catch (error) {
      // Another request with the same key was faster.
      const winner = key && (error as { code?: string }).code === UNIQUE_VIOLATION ? await this.find(key) : undefined;
      if (!winner) throw error;
      return { ...winner, replayed: true };
    }
  }

  /** The same for a change of one statement, which needs no transaction where no answer is kept with it. */
  async onceInOneStatement(
    key: IdempotencyKey | undefined,
    change: (db: Kysely<KernelTables>) => Promise<StoredAnswer>,
  ): Promise<OnceAnswer> {
    if (key) return await this.once(key, change);
    return { ...(await change(this.db)), replayed: false };
  }

  /** Forgets old keys. */
  async prune(): Promise<void> {
    await this.db
      .deleteFrom("kernel.idempotency_keys")
      .where("created_at", "<", sql<Date>`now() - ${KEPT}`)
      .execute();
  }
}

async function insertAnswer(
  trx: Transaction<KernelTables>,
  { scope, key, requestHash }: IdempotencyKey,
  { status, body }: StoredAnswer,
): Promise<void> {
  const values = { scope, key, request_hash: requestHash, status, body: JSON.stringify(body ?? null) };
  await trx.insertInto("kernel.idempotency_keys").values(values).execute();
}
