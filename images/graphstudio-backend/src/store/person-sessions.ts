import type { Kysely } from "kysely";
import { sql } from "kysely";
import { audit } from "./audit";
import type { StudioTables } from "./tables";

/** A log-in that still counts. */
export interface PersonSession {
  readonly id: string;
  readonly kind: "browser" | "program";
  readonly startedAt: Date;
  readonly endsAt: Date;
  /** Where it was opened; null where nobody noted it. */
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** All sessions of one person, of browsers and of programs. */
export class PersonSessions {
  constructor(private readonly db: Kysely<StudioTables>) {}

  async list(userId: string): Promise<PersonSession[]> {
    const browsers = this.db
      .selectFrom("studio.browser_sessions")
      .select([
        "id",
        "created_at as startedAt",
        "expires_at as endsAt",
        "ip_address as address",
        "user_agent as userAgent",
      ])
      .select(sql<"browser" | "program">`'browser'`.as("kind"))
      .where("user_id", "=", userId)
      .where("expires_at", ">", sql<Date>`now()`);
    const programs = this.db
      .selectFrom("studio.sessions as sessions")
      .innerJoin("studio.refresh_tokens as tokens", "tokens.session_id", "sessions.id")
      .select(["sessions.id", "sessions.created_at as startedAt"])
      .select(({ fn }) => fn.max("tokens.expires_at").as("endsAt"))
      .select([sql<string | null>`null`.as("address"), sql<string | null>`null`.as("userAgent")])
      .select(sql<"browser" | "program">`'program'`.as("kind"))
      .where("sessions.user_id", "=", userId)
      .where("sessions.revoked_at", "is", null)
      .where("tokens.expires_at", ">", sql<Date>`now()`)
      .groupBy("sessions.id");
    return await browsers.unionAll(programs).orderBy("startedAt", "desc").execute();
  }

  /** @returns false where the person has no such session */
  async end(userId: string, id: string): Promise<boolean> {
    return await this.db.transaction().execute(async (tx) => {
      const ended = (await endBrowser(tx, userId, id)) || (await endProgram(tx, userId, id));
      if (ended) await audit(tx, { act: "session.ended", target: { sessionId: id } });
      return ended;
    });
  }

  async endAll(userId: string): Promise<void> {
    await this.db.transaction().execute(async (tx) => {
      await endSessions(tx, userId);
      await audit(tx, { act: "sessions.ended", actor: userId, target: { userId } });
    });
  }
}

async function endBrowser(db: Kysely<StudioTables>, userId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom("studio.browser_sessions")
    .where("user_id", "=", userId)
    .where("id", "=", id)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

async function endProgram(db: Kysely<StudioTables>, userId: string, id: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("studio.sessions")
    .set({ revoked_at: sql<Date>`now()` })
    .where("user_id", "=", userId)
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Ends all sessions, with the sign-ins and links that were to go on. */
export async function endSessions(db: Kysely<StudioTables>, userId: string): Promise<void> {
  await db.deleteFrom("studio.sign_in_challenges").where("user_id", "=", userId).execute();
  await db.deleteFrom("studio.address_links").where("user_id", "=", userId).execute();
  await db.deleteFrom("studio.browser_sessions").where("user_id", "=", userId).execute();
  await db
    .updateTable("studio.sessions")
    .set({ revoked_at: sql<Date>`now()` })
    .where("user_id", "=", userId)
    .where("revoked_at", "is", null)
    .execute();
}
