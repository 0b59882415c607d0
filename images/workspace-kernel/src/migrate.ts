import { migrationJobSettings } from "@nexus/contract";
import { createLogger, envSchema, loadEnvOrExit, runMigrations } from "@nexus/service";
import { SERVICE } from "./service-name";
import { kernelMigrations } from "./store/migrations";

const env = loadEnvOrExit(envSchema(migrationJobSettings));
const log = createLogger({ service: SERVICE, level: env.LOG_LEVEL, pretty: env.LOG_PRETTY });
void runMigrations(env, kernelMigrations, log).then((code) => process.exit(code));
