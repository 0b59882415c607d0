/** What the Node.js services share. This entry of the package names everything that services may use. */
export { ACTS_PATH, createActs, type RecordAct, type ReportedAct, reportedAct } from "./acts";
export { AI_USAGE_PATH, type AiUsageReport, aiUsageReport, MOST_AI_DAYS } from "./ai-usage";
export { API_KEY_LENGTH, createApiKey, isApiKey } from "./api-key";
export { API_KEY_CHECK_PATH } from "./api-key-verifier";
export { type AppOptions, createApp, endKeepAlive } from "./app";
export {
  authenticateAnyone,
  bearerToken,
  createAuthenticate,
  createTokenSigner,
  createTokenVerifier,
  requirePermission,
  requirePrincipal,
} from "./auth";
export { askBackend, type BackendAccess, backendAccess } from "./backend-request";
export { type Authentication, createAuthentication } from "./authentication";
export {
  createDatabase,
  createPool,
  type DatabaseEnv,
  explainDatabaseError,
  isConnectionError,
  waitForDatabase,
} from "./database";
export {
  type Denial,
  type DenialBatch,
  denialBatch,
  type Denials,
  DENIALS_PATH,
  createDenials,
  isDenial,
  reportDenied,
} from "./denials";
export { explainCertificate, explainTlsError } from "./database-tls";
export { EnvError, EXIT_CONFIG, loadEnv, loadEnvOrExit } from "./env";
export { type AuthEnv, checkAuth, envSchema, type JwtEnv, jwtKeys } from "./env-fields";
export { type ErrorCode, errorTable, type FieldError, type Problem, ServiceError, toProblem } from "./errors";
export { logFault } from "./faults";
export { errorCode, isError } from "./is-error";
export { lineStream } from "./line-stream";
export { createLogger, describeError, type Logger } from "./log";
export { Counter, createRegistry, Gauge, Histogram, Registry } from "./metrics";
export { createSchemaCheck, migrate, type MigrationSet, runMigrations } from "./migrations";
export { idempotencyKeyText } from "./idempotency-key";
export { nameText, titleText } from "./name-text";
export { allRows, isAfter, type Page, type PageRequest, position, readPosition, TIME_POSITION, toPage } from "./page";
export { type NamedPlan, PlanBook } from "./plan-book";
export type { Principal, TokenVerifier } from "./principal";
export { toServiceError } from "./problem-handler";
export { createRedis, type RedisConnection, type RedisEnv } from "./redis";
export { limitReached, type Room } from "./room";
export { createShutdown, type Shutdown, type ShutdownStep } from "./shutdown";
export { runService } from "./run-service";
export { isServiceToken } from "./service-token";
export {
  accountSuspended,
  Standing,
  STANDING_PATH,
  type StandingList,
  standingList,
  standingOf,
  tenantSuspended,
} from "./standing";
export { STANDING_WAIT_MS, type StandingFeed } from "./standing-feed";
export type { HealthStats, ReadinessCheck } from "./system-routes";
export type { TracingEnv } from "./otel";
export { startTracing, traced, traceHeaders } from "./tracing";
export { Turns } from "./turns";
export { Unread, whenAnswered } from "./unread";
export { type App, describeIssues } from "./zod-provider";
