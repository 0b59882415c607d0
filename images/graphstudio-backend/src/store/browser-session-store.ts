import type { Kysely } from "kysely";
import { sql } from "kysely";
import { audit } from "./audit";
import { choose } from "./chosen-tenant";
import { hashOf } from "./hashed-session-tokens";
import type { StudioTables } from "./tables";

/** What better-auth does not do with the sessions of browsers. */
export class BrowserSessionStore {
  constructor(private readonly db: Kysely<StudioTables>) {}

  async choose(sessionId: string, tenantId: string): Promise<boolean> {
    return await choose(this.db, "studio.browser_sessions", sessionId, tenantId);
  }

  /** Ends a session; one that is not known is as good as ended. */
  async end(token: string): Promise<void> {
    await this.db.transaction().execute(async (tx) => {
      const ended = await tx
        .deleteFrom("studio.browser_sessions")
        .where("token", "=", hashOf(token))
        .returning(["id as sessionId", "user_id as actor"])
        .executeTakeFirst();
      if (ended) await audit(tx, { act: "session.ended", actor: ended.actor, target: { sessionId: ended.sessionId } });
    });
  }

  /** Keeps the table from growing with every log-in for ever. */
  async deleteExpired(userId: string): Promise<void> {
    await this.db
      .deleteFrom("studio.browser_sessions")
      .where("user_id", "=", userId)
      .where("expires_at", "<=", sql<Date>`now()`)
      .execute();
  }
}
