/** Oldest major version of PostgreSQL whose functions the migrations use. */
const LEAST_MAJOR = 13;

/** The schemas of the services' tables. */
export const databaseSchemas = { "workspace-kernel": "kernel", "graphstudio-backend": "studio" } as const;

/** What {@link databaseFactsQuery} answers. */
export interface DatabaseFacts {
  readonly major: number;
  /** The server only follows another one. */
  readonly is_standby: boolean;
  readonly user: string;
  readonly database: string;
  readonly may_create: boolean;
  /** Schemas of ours that belong to a role whose rights this one does not have, with that role. */
  readonly foreign: readonly string[];
}

/** What the platform must know of a server before it uses it. It changes nothing, and every role may ask it. */
export const databaseFactsQuery = `
  select current_setting('server_version_num')::int / 10000 as major,
    pg_is_in_recovery() as is_standby,
    current_user::text as user,
    current_database()::text as database,
    has_database_privilege(current_database(), 'CREATE') as may_create,
    array(
      select format('%I of %I', nspname, pg_get_userbyid(nspowner)) from pg_namespace
      where nspname in (${Object.values(databaseSchemas)
        .map((name) => `'${name}'`)
        .join(", ")}) and not pg_has_role(nspowner, 'USAGE')
      order by 1
    ) as foreign`;

/** Why the platform cannot use the database, each with the fix; empty if it can. */
export function databaseProblems(facts: DatabaseFacts): string[] {
  const { major, is_standby: isStandby, user, database, may_create: mayCreate, foreign } = facts;
  const found: string[] = [];
  if (major < LEAST_MAJOR)
    found.push(`the server is PostgreSQL ${major}. Fix: use a server of PostgreSQL ${LEAST_MAJOR} or newer`);
  if (isStandby) found.push("the server is a standby, which only reads. Fix: give the address of the primary");
  if (!mayCreate)
    found.push(
      `the role ${user} may not create schemas in the database ${database}. ` +
        `Fix: on that server, run: grant create on database "${database}" to "${user}"`,
    );
  if (foreign.length > 0)
    found.push(
      `the role ${user} may not use what others made there: the schema ${foreign.join(", the schema ")}. ` +
        `Fix: log in as that role, or run on that server: grant <that role> to "${user}"; alter role "${user}" set role to <that role>`,
    );
  return found;
}
