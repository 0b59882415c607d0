import { migrationSettings, tenantSettings } from "@nexus/contract";
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
import { usageText } from "./platform/usage-text";
import { SERVICE } from "./service-name";
import { KernelUsageStore } from "./store/kernel-usage-store";
import {
  grantPlatformAdmin,
  listPlatformAdmins,
  PlatformAdminError,
  revokePlatformAdmin,
} from "./store/platform-admins";
import { PlatformStore } from "./store/platform-store";
import type { StudioTables } from "./store/tables";

/**
 * `node dist/platform-admin.js grant|revoke|list [address] [account]`, or `usage [search]`: for whoever may run programs in a
 * pod of the backend, which `npm run platform-admin` does.
 */
async function run([act, text = "", accountId]: readonly string[]): Promise<string> {
  const env = loadEnvOrExit(envSchema({ ...migrationSettings, ...tenantSettings }));
  const pool = createPool(env, createLogger({ service: SERVICE, level: "error", pretty: false }));
  const db = createDatabase<StudioTables>(pool);
  try {
    if (act === "usage") {
      const usage = new KernelUsageStore(db, env.STREAM_MAX_MB * 1024 * 1024);
      return await usageText({ platform: new PlatformStore(db), usage }, text);
    }
    if (act === "grant") await grantPlatformAdmin(db, text, accountId);
    else if (act === "revoke") await revokePlatformAdmin(db, text);
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
