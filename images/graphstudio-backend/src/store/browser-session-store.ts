import type { Kysely } from "kysely";
import { sql } from "kysely";
import { choose } from "./chosen-tenant";
import type { StudioTables } from "./tables";

/** What better-auth does not do with the sessions of browsers. */
export class BrowserSessionStore {
  constructor(private readonly db: Kysely<StudioTables>) {}

  async choose(sessionId: string, tenantId: string): Promise<boolean> {
    return await choose(this.db, "studio.browser_sessions", sessionId, tenantId);
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
