import type { Migration } from "kysely";
import { sql } from "kysely";

/** Sign-ups that wait for the link in a mail to be opened. */
export const signUpMigration: Migration = {
  async up(db) {
    await sql`
      create table studio.sign_ups (
        token_hash bytea primary key,
        email text not null,
        password_hash text not null,
        tenant_name text,
        invitation_hash bytea,
        expires_at timestamptz not null
      )`.execute(db);
    await sql`create index sign_ups_email on studio.sign_ups (email)`.execute(db);
    await sql`create index sign_ups_expiry on studio.sign_ups (expires_at)`.execute(db);
  },
};
