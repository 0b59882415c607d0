import { migrationSettings } from "@nexus/contract";
import { createLogger, envSchema, loadEnvOrExit, runMigrations } from "@nexus/service";
import { SERVICE } from "./service-name";
import { studioMigrations } from "./store/migrations";

const env = loadEnvOrExit(envSchema(migrationSettings));
const log = createLogger({ service: SERVICE, level: env.LOG_LEVEL, pretty: env.LOG_PRETTY });
void runMigrations(env, studioMigrations, log).then((code) => process.exit(code));
