import type { Migration } from "kysely";
import { sql } from "kysely";

/** How the last drill of the backups ended; the drill itself writes the one row. */
export const drillMigration: Migration = {
  async up(db) {
    await sql`
      create table kernel.drills (
        only_row boolean primary key default true check (only_row),
        ended_at timestamptz not null,
        succeeded boolean not null,
        proven_backup text,
        proven_at timestamptz
      )`.execute(db);
  },
};
