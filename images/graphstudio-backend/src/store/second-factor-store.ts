import { createHash, randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { SealedSecret } from "../accounts/one-time-codes";
import { inBatches } from "./in-batches";
import type { StudioTables } from "./tables";
import type { Tx } from "./tenant-store";

export interface Factor extends SealedSecret {
  readonly userId: string;
  /** False until a code has shown that the person has the secret. */
  readonly on: boolean;
  /** The time step of the last code that was used. */
  readonly lastStep: number;
}

/** A sign-in whose password was right. */
export interface Challenged {
  readonly userId: string;
  readonly email: string;
}

export const CHALLENGE_SECONDS = 600;
const BATCH = 500;

const now = sql<Date>`now()`;

/** The token is random enough that a fast hash protects it. */
const hashOf = (token: string) => createHash("sha256").update(token).digest();

const factors = (db: Kysely<StudioTables>) =>
  db
    .selectFrom("studio.second_factors")
    .select(["user_id as userId", "secret", "key_id as keyId", "last_step as lastStep"])
    .select(sql<boolean>`confirmed_at is not null`.as("on"));

/** Second factors; secrets are encrypted, and the database holds hashes of recovery codes. */
export class SecondFactorStore {
  constructor(private readonly db: Kysely<StudioTables>) {}

  async find(userId: string): Promise<Factor | undefined> {
    return await factors(this.db).where("user_id", "=", userId).executeTakeFirst();
  }

  async countRecoveryCodes(userId: string): Promise<number> {
    const { count } = await this.db
      .selectFrom("studio.recovery_codes")
      .select(({ fn }) => fn.countAll<string>().as("count"))
      .where("user_id", "=", userId)
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  /** @returns false where there is a second factor already; one that was never confirmed is replaced */
  async begin(userId: string, { secret, keyId }: SealedSecret): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await this.db
      .insertInto("studio.second_factors")
      .values({ user_id: userId, secret, key_id: keyId })
      .onConflict((conflict) =>
        conflict
          .column("user_id")
          .doUpdateSet({ secret, key_id: keyId, last_step: 0 })
          .where("studio.second_factors.confirmed_at", "is", null),
      )
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }

  /** Works with a second factor while nobody else does. */
  async change<T>(userId: string, work: (tx: Tx, factor: Factor | undefined) => Promise<T>): Promise<T> {
    return await this.db
      .transaction()
      .execute(async (tx) => work(tx, await factors(tx).where("user_id", "=", userId).forUpdate().executeTakeFirst()));
  }

  /** Secrets that one of these keys encrypted. */
  sealedBy(keyIds: readonly string[]): AsyncGenerator<Factor> {
    const read = async (after: string) =>
      await factors(this.db)
        .where("key_id", "in", keyIds)
        .where("user_id", ">", after)
        .orderBy("user_id")
        .limit(BATCH)
        .execute();
    return inBatches(BATCH, read, ({ userId }) => userId);
  }

  /** Replaces the encryption of a secret. @returns false if the secret was replaced meanwhile */
  async reseal(factor: Factor, { secret, keyId }: SealedSecret): Promise<boolean> {
    const { numUpdatedRows } = await this.db
      .updateTable("studio.second_factors")
      .set({ secret, key_id: keyId })
      .where("user_id", "=", factor.userId)
      .where("secret", "=", factor.secret)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  /** @returns the token with which the sign-in goes on */
  async challenge(userId: string): Promise<string> {
    const token = randomBytes(32).toString("base64url");
    await this.db
      .deleteFrom("studio.sign_in_challenges")
      .where("user_id", "=", userId)
      .where("expires_at", "<=", now)
      .execute();
    await this.db
      .insertInto("studio.sign_in_challenges")
      .values({
        token_hash: hashOf(token),
        user_id: userId,
        expires_at: sql<Date>`now() + ${CHALLENGE_SECONDS} * interval '1 second'`,
      })
      .execute();
    return token;
  }

  async challenged(token: string): Promise<Challenged | undefined> {
    return await this.db
      .selectFrom("studio.sign_in_challenges as challenges")
      .innerJoin("studio.users as users", "users.id", "challenges.user_id")
      .select(["users.id as userId", "users.email"])
      .where("challenges.token_hash", "=", hashOf(token))
      .where("challenges.expires_at", ">", now)
      .executeTakeFirst();
  }
}

/** @returns false where the sign-in went on already */
export async function takeChallenge(tx: Tx, token: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom("studio.sign_in_challenges")
    .where("token_hash", "=", hashOf(token))
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

/** A code can be used once, and afterwards no earlier code can. */
export async function spendStep(tx: Tx, userId: string, step: number): Promise<void> {
  await tx.updateTable("studio.second_factors").set({ last_step: step }).where("user_id", "=", userId).execute();
}

/** @returns false where there is no such code any more */
export async function spendRecoveryCode(tx: Tx, userId: string, hash: Buffer): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom("studio.recovery_codes")
    .where("user_id", "=", userId)
    .where("code_hash", "=", hash)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

export async function confirmFactor(tx: Tx, userId: string): Promise<void> {
  await tx.updateTable("studio.second_factors").set({ confirmed_at: now }).where("user_id", "=", userId).execute();
}

export async function replaceRecoveryCodes(tx: Tx, userId: string, hashes: readonly Buffer[]): Promise<void> {
  await tx.deleteFrom("studio.recovery_codes").where("user_id", "=", userId).execute();
  await tx
    .insertInto("studio.recovery_codes")
    .values(hashes.map((hash) => ({ user_id: userId, code_hash: hash })))
    .execute();
}

export async function removeFactor(tx: Tx, userId: string): Promise<void> {
  await tx.deleteFrom("studio.second_factors").where("user_id", "=", userId).execute();
}
