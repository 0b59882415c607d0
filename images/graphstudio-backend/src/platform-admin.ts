import { migrationSettings } from "@nexus/contract";
import {
  createDatabase,
  createLogger,
  createPool,
  envSchema,
  explainDatabaseError,
  isConnectionError,
  isError,
  loadEnvOrExit,
} from "@nexus/service";
import { SERVICE } from "./service-name";
import {
  grantPlatformAdmin,
  listPlatformAdmins,
  PlatformAdminError,
  revokePlatformAdmin,
} from "./store/platform-admins";
import type { StudioTables } from "./store/tables";

/**
 * `node dist/platform-admin.js grant|revoke|list [address] [account]`: for whoever may run programs in a pod of the backend,
 * which `npm run platform-admin` does.
 */
async function run([act, email = "", accountId]: readonly string[]): Promise<string> {
  const env = loadEnvOrExit(envSchema(migrationSettings));
  const pool = createPool(env, createLogger({ service: SERVICE, level: "error", pretty: false }));
  const db = createDatabase<StudioTables>(pool);
  try {
    if (act === "grant") await grantPlatformAdmin(db, email, accountId);
    else if (act === "revoke") await revokePlatformAdmin(db, email);
    const admins = await listPlatformAdmins(db);
    const lines = admins.map(({ id, email }) => `${email}  ${id}`);
    return [`Administrators of the platform: ${admins.length}`, ...lines].join("\n");
  } catch (error) {
    throw isConnectionError(error) ? new PlatformAdminError(explainDatabaseError(error, env)) : error;
  } finally {
    await pool.end();
  }
}

run(process.argv.slice(2)).then(
  (text) => void process.stdout.write(`${text}\n`),
  (error: unknown) => {
    const isOurs = error instanceof PlatformAdminError || !isError(error);
    process.stderr.write(`${isOurs ? (error as Error).message : String(error.stack)}\n`);
    process.exitCode = 1;
  },
);
