import { backupSettings } from "@nexus/contract";
import { createLogger, envSchema, loadEnvOrExit } from "@nexus/service";
import { runBackupCommand } from "./command";

// The first process of a container does not end at a signal that it does not handle.
process.on("SIGTERM", () => process.exit(143));
const env = loadEnvOrExit(envSchema(backupSettings));
const log = createLogger({ service: "backup", level: env.LOG_LEVEL, pretty: env.LOG_PRETTY });
void runBackupCommand(process.argv.slice(2), env, log).then((code) => process.exit(code));
