import type { Migration } from "kysely";
import { sql } from "kysely";

/** Memberships that groups of the identity provider made; people manage the others. */
export const oidcMigration: Migration = {
  async up(db) {
    await sql`alter table studio.members add column by_group boolean not null default false`.execute(db);
  },
};
