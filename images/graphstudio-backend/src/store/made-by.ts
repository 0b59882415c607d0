import { sql } from "kysely";

/** The address of whoever made a row, or the name of the API key; null for who is gone. Of a row with `made_by`. */
export const madeBy = (row: string) =>
  sql<string | null>`coalesce(
    (select email from studio.users where users.id = ${sql.ref(`${row}.made_by`)}),
    (select name from studio.api_keys where api_keys.id = ${sql.ref(`${row}.made_by`)}))`.as("madeBy");
