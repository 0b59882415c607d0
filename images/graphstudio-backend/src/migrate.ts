import { backendJobSettings } from "@nexus/contract";
import { createDatabase, createLogger, envSchema, loadEnvOrExit, runMigrations } from "@nexus/service";
import { createReencryption } from "./reencryption";
import { SERVICE } from "./service-name";
import { studioMigrations } from "./store/migrations";
import type { StudioTables } from "./store/tables";

const env = loadEnvOrExit(envSchema(backendJobSettings));
const log = createLogger({ service: SERVICE, level: env.LOG_LEVEL, pretty: env.LOG_PRETTY });
void runMigrations(env, studioMigrations, log, (pool) =>
  createReencryption(createDatabase<StudioTables>(pool), env, log).run(),
).then((code) => process.exit(code));
