/** Facts that two sides of the platform must agree on, stated once. */
export { ALL_TENANTS, OWN_CLUSTER_FOLDER, PRIVATE_NETWORKS, tenantNamespaces } from "./own-cluster";
export { alternatives } from "./alternatives";
export { type AuditAct, platformActs, type TenantAct, tenantActs } from "./audit-acts";
export { type AuditHead, type AuditVerdict, EMPTY_TRAIL, endLine, sealRow, TRIMMED, verifyTrail } from "./audit-chain";
export { clusterRights, namespaceRights, type Right, rulesOf } from "./cluster-rights";
export {
  type CacheConnection,
  type Connection,
  type Connections,
  type DatabaseConnection,
  type DatabaseMode,
  type DatabasePlace,
  databaseModes,
  type IssuerConnection,
  type Outside,
  policyScopes,
  serverConnections,
  type PolicyScope,
  serverModes,
  type ServerMode,
  type SslMode,
  sslModes,
} from "./connections";
export { type DatabaseFacts, databaseFactsQuery, databaseProblems, databaseSchemas } from "./database-requirements";
export { CERTIFICATE_CODES, type DatabaseTls, NO_TLS_MESSAGE, OTHER_NAME_CODE, tlsOptions } from "./database-tls";
export {
  BACKUP_ID,
  backupName,
  builtServices,
  type BuiltService,
  clusterName,
  COMPOSE_NAMESPACE,
  containerPorts,
  isDomainName,
  isHostName,
  isDnsLabel,
  isOwnNamespace,
  DNS_LABEL_TEXT,
  drillName,
  migratedServices,
  migrationName,
  nameOf,
  type Names,
  OWN_NAMESPACE,
  OWN_NAMESPACE_TEXT,
  releasesName,
  restoreName,
  reservedNames,
  serviceHost,
  standardNames,
} from "./names";
export { hubName, pinned, type PinnedImage, servedImage, thirdPartyImages } from "./images";
export { isTooDeep, jsonRefusal, MAX_JSON_CONTAINERS, MAX_JSON_DEPTH, MAX_JSON_MEMBERS } from "./json-shape";
export { type GroupRole, type OidcGroups, readOidcGroups, TENANT_ID } from "./oidc-groups";
export {
  type KeyScope,
  keyScopes,
  may,
  type Permission,
  permissionOver,
  permissions,
  type Role,
  roles,
} from "./permissions";
export { databaseRole, MOST_ROTATIONS } from "./rotation";
export { contracts, type MigratedService, type SchemaMigration, schemaMigrations } from "./schemas";
export {
  type Plan,
  PLAN_NAME,
  type PlanLimit,
  planLimitNames,
  planLimits,
  type Plans,
  readPlans,
  standardPlans,
  UNLIMITED,
} from "./plans";
export { execProbes, httpProbes } from "./probes";
export {
  type Amount,
  backupResources,
  migrationResources,
  resourceProblems,
  resourceRequirements,
  type Resources,
} from "./resources";
export { BACKUP_LATE_SECONDS, DEADLINE_SECONDS, rolloutTimeouts } from "./timeouts";
export { cpuMillis, memoryBytes } from "./units";
export {
  type AnySetting,
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
  type LogLevel,
  logLevels,
  migrationJobSettings,
  migrationSettings,
  nexusOsSettings,
  planSettings,
  programSettings,
  redisSettings,
  serviceSettings,
  tenantSettings,
} from "./settings";
export {
  type ConfigValue,
  type EnvOf,
  type Form,
  forms,
  MIN_KEY_LENGTH,
  PORT_RANGE,
  type Setting,
  type Settings,
  valuesOf,
  without,
} from "./setting";
export { GRACE_SECONDS, shutdownTimes } from "./shutdown";
