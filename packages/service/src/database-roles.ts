import { databaseRole } from "@nexus/contract";
import type { Pool, PoolClient } from "pg";
import { createPool, type DatabaseEnv, waitForDatabase } from "./database";
import { errorCode } from "./is-error";
import type { Logger } from "./log";

export interface RotatedDatabaseEnv extends DatabaseEnv {
  /** How often the secrets were rotated. */
  readonly ROTATION: number;
  readonly DATABASE_PASSWORD_PREVIOUS?: string | undefined;
  /** Undefined where the roles are those of somebody else. */
  readonly DATABASE_PASSWORD_NEXT?: string | undefined;
}

type Account = Pick<DatabaseEnv, "DATABASE_USER" | "DATABASE_PASSWORD">;

const OWNER = databaseRole(0);
/** SQLSTATEs of a wrong name or password. */
const REFUSED = new Set(["28P01", "28000"]);

/**
 * Who may be able to log in, the present role first. It exists since the rotation before, unless that update was made by an
 * earlier release, or the volume is new and has only the owner, with the present password.
 */
function accountsOf(env: RotatedDatabaseEnv): Account[] {
  const { ROTATION: rotation, DATABASE_PASSWORD, DATABASE_PASSWORD_PREVIOUS: previous } = env;
  const owner =
    rotation > 0 && env.DATABASE_PASSWORD_NEXT !== undefined ? [{ DATABASE_USER: OWNER, DATABASE_PASSWORD }] : [];
  const before =
    previous === undefined ? [] : [{ DATABASE_USER: databaseRole(rotation - 1), DATABASE_PASSWORD: previous }];
  return [env, ...before, ...owner];
}

/** Waits for the database and opens it as the first account that it lets in. */
export async function openAsOwner(env: RotatedDatabaseEnv, log: Logger, waitMs: number): Promise<Pool> {
  const pools = accountsOf(env).map((account) => createPool({ ...env, ...account }, log));
  let opened = pools[0];
  const first = {
    query: async (text: string) => {
      for (const [index, pool] of pools.entries())
        try {
          await pool.query(text);
          opened = pool;
          return;
        } catch (error) {
          if (!REFUSED.has(errorCode(error)) || index === pools.length - 1) throw error;
        }
    },
  };
  try {
    await waitForDatabase(first, env, log, { timeoutMs: waitMs });
  } finally {
    await Promise.all(pools.filter((pool) => pool !== opened).map((pool) => pool.end()));
  }
  return opened as Pool;
}

/**
 * Lets the present and the next generation of services log in, and ends the one that had its time. The roles act as the
 * owner. Running it again changes nothing but salts.
 * @param client of a superuser, and of nobody else who does the same
 */
export async function prepareRoles(client: PoolClient, env: RotatedDatabaseEnv, log: Logger): Promise<void> {
  const { ROTATION: rotation, DATABASE_PASSWORD, DATABASE_PASSWORD_NEXT: next } = env;
  if (next === undefined) return;
  if (rotation > 0) await allow(client, databaseRole(rotation), DATABASE_PASSWORD);
  await allow(client, databaseRole(rotation + 1), next);
  if (rotation > 1) await client.query(`alter role ${OWNER} password null`);
  log.info({ rotation, role: databaseRole(rotation), next: databaseRole(rotation + 1) }, "database roles are current");
}

async function allow(client: PoolClient, role: string, password: string): Promise<void> {
  const { rowCount } = await client.query("select 1 from pg_roles where rolname = $1", [role]);
  if (!rowCount) await client.query(`create role ${role}`);
  await client.query(`alter role ${role} login password ${client.escapeLiteral(password)}`);
  await client.query(`grant ${OWNER} to ${role}`);
  await client.query(`alter role ${role} set role to ${OWNER}`);
}
