import type { BuiltService } from "../names";
import { port, type Settings } from "../setting";
import { aiSettings } from "./ai";
import { backupSettings } from "./backup";
import {
  authSettings,
  backendJobSettings,
  commonSettings,
  databaseSettings,
  keySettings,
  migrationJobSettings,
  migrationSettings,
  planSettings,
  proxySettings,
  redisSettings,
  tenantSettings,
} from "./common";
import { kernelSettings } from "./kernel";
import { backendSettings, clusterSettings, frontendSettings } from "./studio";

export { type LogLevel, logLevels } from "./common";
export {
  aiSettings,
  authSettings,
  backendJobSettings,
  backendSettings,
  backupSettings,
  clusterSettings,
  commonSettings,
  databaseSettings,
  frontendSettings,
  kernelSettings,
  keySettings,
  migrationJobSettings,
  migrationSettings,
  planSettings,
  redisSettings,
  tenantSettings,
};

/** What the AI service reads. */
export const nexusOsSettings = {
  ...commonSettings,
  ...authSettings,
  ...planSettings,
  ...proxySettings,
  ...redisSettings,
  ...aiSettings,
  HTTP_PORT: port({ at: "nexusOs.httpPort", own: true, default: 4000 }, "Port of the HTTP API."),
};

/** Every run-time setting of every service. */
export const serviceSettings = {
  "workspace-kernel": kernelSettings,
  "graphstudio-backend": backendSettings,
  "graphstudio-frontend": frontendSettings,
  "nexus-os": nexusOsSettings,
} satisfies Record<BuiltService, Settings>;

/** Every run-time setting of every program: those of the services, and those of the Jobs. */
export const programSettings = { ...serviceSettings, backup: backupSettings };

type ValueOf<T> = T[keyof T];
export type AnySetting = ValueOf<{ [S in keyof typeof programSettings]: ValueOf<(typeof programSettings)[S]> }>;
