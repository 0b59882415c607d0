import { type Dialect, Kysely, PostgresDialect } from "kysely";
import { Pool } from "pg";
import { type DatabaseTlsEnv, databaseTls, explainTlsError } from "./database-tls";
import { errorCode, isError } from "./is-error";
import type { Logger } from "./log";

export interface DatabaseEnv extends DatabaseTlsEnv {
  readonly DATABASE_HOST: string;
  readonly DATABASE_PORT: number;
  readonly DATABASE_NAME: string;
  readonly DATABASE_USER: string;
  readonly DATABASE_PASSWORD: string;
  readonly DATABASE_POOL_SIZE: number;
}

const NETWORK_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);
/** SQLSTATEs of a server that is starting, stopping or has no free connection; class 08 is "connection exception". */
const SERVER_STATES = new Set(["57P01", "57P02", "57P03", "53300"]);
const POOL_MESSAGES =
  /^Connection terminated|timeout exceeded when trying to connect|^Client has encountered a connection/;

/** Whether the database could not be reached, as opposed to having refused a statement. */
export function isConnectionError(error: unknown): boolean {
  if (!isError(error)) return false;
  const code = errorCode(error);
  return (
    NETWORK_CODES.has(code) ||
    SERVER_STATES.has(code) ||
    /^08...$/.test(code) ||
    POOL_MESSAGES.test(error.message) ||
    explainTlsError(error) !== undefined
  );
}

/** What prevents the connection to the database, in words, and the setting for it. */
export function explainDatabaseError(error: unknown, env: DatabaseEnv): string {
  const where = `${env.DATABASE_HOST}:${env.DATABASE_PORT}`;
  const code = errorCode(error);
  if (code === "ECONNREFUSED") return `nothing listens at ${where} (DATABASE_HOST, DATABASE_PORT)`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return `the name ${env.DATABASE_HOST} has no address (DATABASE_HOST)`;
  const tls = explainTlsError(error);
  if (tls !== undefined) return `${where} ${tls}`;
  if (code === "28P01") return `${where} refused the password of ${env.DATABASE_USER} (DATABASE_PASSWORD)`;
  if (code === "28000") return `${where} does not let ${env.DATABASE_USER} in (DATABASE_USER)`;
  if (code === "3D000") return `${where} has no database ${env.DATABASE_NAME} (DATABASE_NAME)`;
  return `${where}: ${isError(error) ? error.message : String(error)}`;
}

/** A pool whose broken connections are replaced at the next use; losing the server never ends the process. */
export function createPool(env: DatabaseEnv, log: Logger): Pool {
  const pool = new Pool({
    host: env.DATABASE_HOST,
    port: env.DATABASE_PORT,
    database: env.DATABASE_NAME,
    user: env.DATABASE_USER,
    password: env.DATABASE_PASSWORD,
    max: env.DATABASE_POOL_SIZE,
    connectionTimeoutMillis: 3000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 10_000,
    keepAlive: true,
    ssl: databaseTls(env),
  });
  pool.on("error", (error) => log.warn({ error }, `database connection lost: ${explainDatabaseError(error, env)}`));
  // The pool handles errors of idle clients only. A client in use reports its error to its user and also here, because
  // an error event without a listener ends the process.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

export function createDatabase<Tables>(pool: Pool): Kysely<Tables> {
  const dialect: Dialect = new PostgresDialect({ pool });
  return new Kysely<Tables>({ dialect });
}

export interface WaitOptions {
  /** Gives up after this time; without it, waits forever. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Tries until the database answers. It logs each kind of problem once, and then the connection. */
export async function waitForDatabase(
  pool: { readonly query: (text: string) => Promise<unknown> },
  env: DatabaseEnv,
  log: Logger,
  wait: WaitOptions = {},
): Promise<void> {
  const start = performance.now();
  let lastProblem = "";
  for (let delayMs = 100; !wait.signal?.aborted; delayMs = Math.min(delayMs * 2, 3000)) {
    try {
      await pool.query("select 1");
      log.info("database connected");
      return;
    } catch (error) {
      const problem = explainDatabaseError(error, env);
      if (wait.timeoutMs !== undefined && performance.now() - start > wait.timeoutMs) {
        throw new Error(`the database did not answer in ${wait.timeoutMs} ms: ${problem}`, { cause: error });
      }
      if (problem !== lastProblem) log.warn(`waiting for the database: ${problem}`);
      lastProblem = problem;
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }
}
