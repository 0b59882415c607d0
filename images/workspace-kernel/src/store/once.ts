import { type IdempotencyKey, KeyTakenError, type StoredAnswer } from "./idempotency-store";
import type { Stores, TransactionStores } from "./stores";

export interface OnceAnswer extends StoredAnswer {
  /** The request was carried out before; this is its first answer. */
  readonly replayed: boolean;
}

/** Makes a change and stores its answer in one transaction, unless that happened before. */
export async function once(
  stores: Pick<Stores, "idempotency" | "transaction">,
  key: IdempotencyKey | undefined,
  change: (stores: TransactionStores) => Promise<StoredAnswer>,
): Promise<OnceAnswer> {
  const earlier = key && (await stores.idempotency.find(key));
  if (earlier) return { ...earlier, replayed: true };
  try {
    const answer = await stores.transaction(async (inside) => {
      const made = await change(inside);
      if (key) await inside.idempotency.keep(key, made);
      return made;
    });
    return { ...answer, replayed: false };
  } catch (error) {
    const winner = key && error instanceof KeyTakenError ? await stores.idempotency.find(key) : undefined;
    if (!winner) throw error;
    return { ...winner, replayed: true };
  }
}
