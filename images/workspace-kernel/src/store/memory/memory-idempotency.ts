import { ServiceError } from "@nexus/service";
import { type IdempotencyKey, KeyTakenError, type StoredAnswer } from "../idempotency-store";
import type { Stores } from "../stores";
import type { MemoryDatabase, Run } from "./memory-database";

interface Kept {
  readonly requestHash: string;
  readonly status: number;
  readonly body: string;
  readonly keptAt: number;
}

const KEPT_MS = 24 * 3_600_000;
/** Maximum number of characters of all answers together; the oldest ones are deleted first. */
const MAX_LENGTH = 16 * 1024 * 1024;

const nameOf = ({ scope, key }: IdempotencyKey) => `${scope} ${key}`;

/** Stores an answer inside a transaction. */
export type KeepAnswer = MemoryAnswers["keep"];

/** Answers by key, kept for at most 24 hours. */
export class MemoryAnswers {
  private readonly answers = new Map<string, Kept>();
  private length = 0;

  constructor(private readonly db: MemoryDatabase) {}

  readonly keep = (key: IdempotencyKey, { status, body }: StoredAnswer): void => {
    const name = nameOf(key);
    if (this.answers.has(name)) throw new KeyTakenError("the key has an answer");
    const text = JSON.stringify(body ?? null);
    this.answers.set(name, { requestHash: key.requestHash, status, body: text, keptAt: Date.now() });
    this.length += text.length;
    this.db.onRollback(() => this.remove(name));
    this.forget(() => this.length > MAX_LENGTH);
  };

  store(run: Run): Stores["idempotency"] {
    return {
      find: (key) => run(() => this.find(key)),
      keep: (key, answer) => run(() => this.keep(key, answer)),
      prune: () => run(() => this.forget(({ keptAt }) => keptAt < Date.now() - KEPT_MS)),
    };
  }

  private find(key: IdempotencyKey): StoredAnswer | undefined {
    const kept = this.answers.get(nameOf(key));
    if (!kept) return undefined;
    if (kept.requestHash !== key.requestHash) throw new ServiceError("idempotency_key_reused");
    return { status: kept.status, body: JSON.parse(kept.body) as unknown };
  }

  /** Deletes from the oldest one on, as long as the condition holds. */
  private forget(shouldGo: (kept: Kept) => boolean): void {
    for (const [name, kept] of this.answers) {
      if (!shouldGo(kept)) return;
      this.remove(name);
    }
  }

  private remove(name: string): void {
    this.length -= this.answers.get(name)?.body.length ?? 0;
    this.answers.delete(name);
  }
}
