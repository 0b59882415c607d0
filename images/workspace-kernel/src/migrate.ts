import { baseFields, createLogger, databaseFields, loadEnvOrExit, runMigrations } from "@nexus/service";
import { z } from "zod";
import { SERVICE } from "./service-name";
import { kernelMigrations } from "./store/migrations";

const env = loadEnvOrExit(z.object({ ...baseFields, ...databaseFields }));
const log = createLogger({ service: SERVICE, level: env.LOG_LEVEL, pretty: env.LOG_PRETTY });
void runMigrations(env, kernelMigrations, log).then((code) => process.exit(code));
