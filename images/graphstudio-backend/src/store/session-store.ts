import { createHash, createHmac, randomBytes, randomUUID } from "node:crypto";
import type { Kysely, Transaction } from "kysely";
import { sql } from "kysely";
import { audit } from "./audit";
import { choose } from "./chosen-tenant";
import type { StudioTables } from "./tables";

export type Rotation =
  | {
      readonly outcome: "rotated";
      readonly userId: string;
      /** The tenant that the session works in; null where it never chose one. */
      readonly tenantId: string | null;
      readonly refreshToken: string;
    }
  | { readonly outcome: "reused"; readonly userId: string }
  | { readonly outcome: "invalid" }
  | { readonly outcome: "not_a_member" };

/**
 * How long, in seconds of the database's clock, a used token is accepted again. A reloaded page loses an answer that
 * was under way, and a duplicated tab holds the token of its original. Both then send a token that has just been used,
 * and neither is a thief. The time is long enough for a slow connection and several reloads, and short compared to the
 * life of an access token.
 */
export const REUSE_GRACE_SECONDS = 30;

/**
 * Maximum number of tokens of one session within that time: more than manual reloads make, and few enough to look up.
 */
const MOST_STEPS = 100;

/** Maximum age of a sign-in that replaces a password. */
const FRESH_SECONDS = 300;

/** A refresh token has enough randomness, so a fast hash protects it. */
function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/**
 * The token that replaces another one. It can be computed again from the old token, so it need not be stored. Neither
 * the old token nor the salt in the database is enough for that.
 */
function successorOf(token: string, salt: Buffer): string {
  return createHmac("sha256", salt).update(token).digest("base64url");
}

/** Log-ins of programs and their refresh tokens; the database has only their hashes. */
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
      const token = await this.issue(tx, id, randomBytes(32).toString("base64url"));
      await audit(tx, { act: "sign-in", actor: userId, target: { sessionId: id } });
      return token;
    });
  }

  /**
   * Exchanges a token for the next one. A token that was used recently returns the session's present token, so a
   * session has one valid token however often an old one is sent. If a token was used before that, somebody has stolen
   * it, so its session ends. With a tenant the session goes over to it.
   */
  async rotate(refreshToken: string, chosenTenantId?: string): Promise<Rotation> {
    return await this.db.transaction().execute(async (tx): Promise<Rotation> => {
      // The lock on the session makes the refreshes of its tabs, and a log-out, run one after another.
      const token = await tx
        .selectFrom("studio.refresh_tokens as tokens")
        .innerJoin("studio.sessions as sessions", "sessions.id", "tokens.session_id")
        .select(["sessions.id as sessionId", "sessions.user_id as userId", "sessions.revoked_at as revokedAt"])
        .select("sessions.tenant_id as tenantId")
        .select(sql<boolean>`tokens.expires_at <= now()`.as("expired"))
        .select(sql<boolean>`tokens.used_at <= now() - ${REUSE_GRACE_SECONDS} * interval '1 second'`.as("stale"))
        .where("tokens.token_hash", "=", hashToken(refreshToken))
        .forUpdate()
        .executeTakeFirst();
      if (!token || token.expired || token.revokedAt) return { outcome: "invalid" };
      if (token.stale) {
        await this.revoke(tx, token.sessionId);
        const { userId, sessionId } = token;
        await audit(tx, { act: "refresh-token.reused", outcome: "denied", target: { userId, sessionId } });
        return { outcome: "reused", userId: token.userId };
      }
      const { sessionId, userId } = token;
      if (chosenTenantId !== undefined && !(await choose(tx, "studio.sessions", sessionId, chosenTenantId)))
        return { outcome: "not_a_member" };
      const next = await this.next(tx, sessionId, refreshToken);
      if (!next) return { outcome: "invalid" };
      return { outcome: "rotated", userId, tenantId: chosenTenantId ?? token.tenantId, refreshToken: next };
    });
  }

  /** Whether a person signed in within the last minutes. */
  async hasFresh(userId: string): Promise<boolean> {
    const since = sql<Date>`now() - ${FRESH_SECONDS} * interval '1 second'`;
    const browsers = this.db
      .selectFrom("studio.browser_sessions")
      .select("id")
      .where("user_id", "=", userId)
      .where("created_at", ">", since);
    const programs = this.db
      .selectFrom("studio.sessions")
      .select("id")
      .where("user_id", "=", userId)
      .where("created_at", ">", since)
      .where("revoked_at", "is", null);
    return (await browsers.unionAll(programs).limit(1).execute()).length > 0;
  }

  /** Ends the session of a token. It does nothing for an unknown token. */
  async close(refreshToken: string): Promise<void> {
    await this.db.transaction().execute(async (tx) => {
      const ended = await tx
        .updateTable("studio.sessions")
        .set({ revoked_at: sql<Date>`now()` })
        .where("revoked_at", "is", null)
        .where("id", "in", (query) =>
          query
            .selectFrom("studio.refresh_tokens")
            .select("session_id")
            .where("token_hash", "=", hashToken(refreshToken)),
        )
        .returning(["id as sessionId", "user_id as userId"])
        .executeTakeFirst();
      if (ended) await audit(tx, { act: "session.ended", actor: ended.userId, target: { sessionId: ended.sessionId } });
    });
  }

  /** The first unused token after this one; undefined if there are too many used ones between. */
  private async next(tx: Transaction<StudioTables>, sessionId: string, from: string): Promise<string | undefined> {
    let token = from;
    for (let step = 0; step < MOST_STEPS; step += 1) {
      const { used_at: usedAt, successor_salt: salt } = await tx
        .selectFrom("studio.refresh_tokens")
        .select(["used_at", "successor_salt"])
        .where("token_hash", "=", hashToken(token))
        .executeTakeFirstOrThrow();
      if (!usedAt && token !== from) return token;
      // Not used yet; or used by a pod of the previous release, which stored no salt.
      if (!salt) return await this.replace(tx, sessionId, token);
      token = successorOf(token, salt);
    }
    return undefined;
  }

  private async replace(tx: Transaction<StudioTables>, sessionId: string, token: string): Promise<string> {
    const salt = randomBytes(32);
    await tx
      .updateTable("studio.refresh_tokens")
      .set({ used_at: sql<Date>`coalesce(used_at, now())`, successor_salt: salt })
      .where("token_hash", "=", hashToken(token))
      .execute();
    return await this.issue(tx, sessionId, successorOf(token, salt));
  }

  private async issue(tx: Transaction<StudioTables>, sessionId: string, token: string): Promise<string> {
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

  /** Deletes old rows, so that the tables do not grow with every log-in. */
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
