import { ServiceError } from "@nexus/service";
import type { Kysely, Transaction } from "kysely";
import type { IdempotencyKey, IdempotencyStore, OnceAnswer, StoredAnswer } from "../idempotency-store";
import type { Public } from "../stores";
import type { KernelTables } from "../tables";
import type { MemoryDatabase } from "./memory-database";

interface Kept {
  readonly requestHash: string;
  readonly status: number;
  readonly body: string;
  readonly keptAt: number;
}

const KEPT_MS = 24 * 3_600_000;
/** Characters of all answers together; the oldest ones go first. */
const MAX_LENGTH = 16 * 1024 * 1024;

const nameOf = ({ scope, key }: IdempotencyKey) => `${scope} ${key}`;

/** Answers by key, kept for 24 hours at most. */
export class MemoryIdempotencyStore implements Public<IdempotencyStore> {
  private readonly answers = new Map<string, Kept>();
  private length = 0;

  constructor(private readonly db: MemoryDatabase) {}

  async find(key: IdempotencyKey): Promise<StoredAnswer | undefined> {
    const kept = this.answers.get(nameOf(key));
    if (!kept) return undefined;
    if (kept.requestHash !== key.requestHash) throw new ServiceError("idempotency_key_reused");
    return { status: kept.status, body: JSON.parse(kept.body) as unknown };
  }

  async once(
    key: IdempotencyKey | undefined,
    change: (trx: Transaction<KernelTables>) => Promise<StoredAnswer>,
  ): Promise<OnceAnswer> {
    return await this.db.transaction(async (trx) => {
      const earlier = key && (await this.find(key));
      if (earlier) return { ...earlier, replayed: true };
      const made = await change(trx);
      if (key) this.keep(key, made);
      return { ...made, replayed: false };
    });
  }

  keep(key: IdempotencyKey, { status, body }: StoredAnswer): void {
    const text = JSON.stringify(body ?? null);
    this.answers.set(nameOf(key), { requestHash: key.requestHash, status, body: text, keptAt: Date.now() });
    this.length += text.length;
    this.forget(() => this.length > MAX_LENGTH);
  }

  async onceInOneStatement(
    key: IdempotencyKey | undefined,
    change: (db: Kysely<KernelTables>) => Promise<StoredAnswer>,
  ): Promise<OnceAnswer> {
    return await this.once(key, change);
  }

  async prune(): Promise<void> {
    this.forget(({ keptAt }) => keptAt < Date.now() - KEPT_MS);
  }

  /** From the oldest one on, as long as it should go. */
  private forget(shouldGo: (kept: Kept) => boolean): void {
    for (const [name, kept] of this.answers) {
      if (!shouldGo(kept)) return;
      this.answers.delete(name);
      this.length -= kept.body.length;
    }
  }
}
