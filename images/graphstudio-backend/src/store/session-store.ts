import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { Kysely, Transaction } from "kysely";
import { sql } from "kysely";
import type { StudioTables } from "./tables";

export type Rotation =
  | { readonly outcome: "rotated"; readonly userId: string; readonly refreshToken: string }
  | { readonly outcome: "reused"; readonly userId: string }
  | { readonly outcome: "invalid" };

/** A refresh token is random enough that a fast hash protects it. */
function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** Log-ins and their refresh tokens; the database only ever sees hashes. */
export class SessionStore {
  constructor(
    private readonly db: Kysely<StudioTables>,
    private readonly lifetimeSeconds: number,
  ) {}

  async open(userId: string): Promise<string> {
    return await this.db.transaction().execute(async (tx) => {
      await this.deleteExpired(tx, userId);
      const id = randomUUID();
      await tx.insertInto("studio.sessions").values({ id, user_id: userId, revoked_at: null }).execute();
      return await this.issue(tx, id);
    });
  }

  /** Exchanges a token for a new one. A token that was used before was stolen by one side: its session ends. */
  async rotate(refreshToken: string): Promise<Rotation> {
    return await this.db.transaction().execute(async (tx): Promise<Rotation> => {
      const token = await tx
        .selectFrom("studio.refresh_tokens as tokens")
        .innerJoin("studio.sessions as sessions", "sessions.id", "tokens.session_id")
        .select(["sessions.id as sessionId", "sessions.user_id as userId", "sessions.revoked_at as revokedAt"])
        .select(["tokens.used_at as usedAt", sql<boolean>`tokens.expires_at <= now()`.as("expired")])
        .where("tokens.token_hash", "=", hashToken(refreshToken))
        .forUpdate()
        .executeTakeFirst();
      if (!token || token.expired || token.revokedAt) return { outcome: "invalid" };
      if (token.usedAt) {
        await this.revoke(tx, token.sessionId);
        return { outcome: "reused", userId: token.userId };
      }
      await tx
        .updateTable("studio.refresh_tokens")
        .set({ used_at: sql<Date>`now()` })
        .where("token_hash", "=", hashToken(refreshToken))
        .execute();
      return { outcome: "rotated", userId: token.userId, refreshToken: await this.issue(tx, token.sessionId) };
    });
  }

  /** Ends the session of a token; one that is not known is as good as ended. */
  async close(refreshToken: string): Promise<void> {
    await this.db
      .updateTable("studio.sessions")
      .set({ revoked_at: sql<Date>`now()` })
      .where("id", "in", (query) =>
        query
          .selectFrom("studio.refresh_tokens")
          .select("session_id")
          .where("token_hash", "=", hashToken(refreshToken)),
      )
      .execute();
  }

  private async issue(tx: Transaction<StudioTables>, sessionId: string): Promise<string> {
    const token = randomBytes(32).toString("base64url");
    const expiresAt = sql<Date>`now() + ${this.lifetimeSeconds} * interval '1 second'`;
    await tx
      .insertInto("studio.refresh_tokens")
      .values({ token_hash: hashToken(token), session_id: sessionId, expires_at: expiresAt, used_at: null })
      .execute();
    return token;
  }

  private async revoke(tx: Transaction<StudioTables>, sessionId: string): Promise<void> {
    await tx
      .updateTable("studio.sessions")
      .set({ revoked_at: sql<Date>`now()` })
      .where("id", "=", sessionId)
      .execute();
  }

  /** Keeps the tables from growing with every log-in for ever. */
  private async deleteExpired(tx: Transaction<StudioTables>, userId: string): Promise<void> {
    await tx
      .deleteFrom("studio.sessions as sessions")
      .where("user_id", "=", userId)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom("studio.refresh_tokens as tokens")
              .select("tokens.token_hash")
              .whereRef("tokens.session_id", "=", "sessions.id")
              .where("tokens.expires_at", ">", sql<Date>`now()`),
          ),
        ),
      )
      .execute();
  }
}
