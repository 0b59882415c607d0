import type { Migration } from "kysely";
import { sql } from "kysely";

/** Cells that run by themselves. The release before leaves the column as it is, and runs only what it is asked to run. */
export const selfRunningMigration: Migration = {
  async up(db) {
    await sql`alter table kernel.cells add column auto boolean not null default false`.execute(db);
  },
};
