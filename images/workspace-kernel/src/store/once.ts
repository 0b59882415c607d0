import { type IdempotencyKey, KeyTakenError, type StoredAnswer } from "./idempotency-store";
import type { Stores, TransactionStores } from "./stores";

export interface OnceAnswer extends StoredAnswer {
  /** The request was carried out before; this is its first answer. */
  readonly replayed: boolean;
}

/** The answer that was given to the request before, if any. */
export async function earlierAnswer(
  { idempotency }: Pick<Stores, "idempotency">,
  key: IdempotencyKey | undefined,
): Promise<OnceAnswer | undefined> {
  const earlier = key && (await idempotency.find(key));
  return earlier && { ...earlier, replayed: true };
}

/** Makes a change and stores its answer in one transaction, unless that happened before. */
export async function once(
  stores: Pick<Stores, "idempotency" | "transaction">,
  key: IdempotencyKey | undefined,
  change: (stores: TransactionStores) => Promise<StoredAnswer>,
): Promise<OnceAnswer> {
  const earlier = await earlierAnswer(stores, key);
  if (earlier) return earlier;
  try {
    const answer = await stores.transaction(async (inside) => {
      const made = await change(inside);
      if (key) await inside.idempotency.keep(key, made);
      return made;
    });
    return { ...answer, replayed: false };
  } catch (error) {
    const winner = error instanceof KeyTakenError ? await earlierAnswer(stores, key) : undefined;
    if (!winner) throw error;
    return winner;
  }
}
