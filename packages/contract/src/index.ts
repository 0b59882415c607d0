/** What two sides of the platform must agree on, stated once. */
export {
  type CacheConnection,
  type Connection,
  type Connections,
  type DatabaseConnection,
  type Outside,
  policyScopes,
  type PolicyScope,
  serverModes,
  type ServerMode,
  sslModes,
} from "./connections";
export {
  builtServices,
  type BuiltService,
  COMPOSE_NAMESPACE,
  containerPorts,
  migratedServices,
  migrationName,
  nameOf,
  type Names,
  serviceHost,
  standardNames,
} from "./names";
export { execProbes, httpLiveness, httpReadiness } from "./probes";
export { type Amount, resourceProblems, resourceRequirements, type Resources } from "./resources";
export { DEADLINE_SECONDS, rolloutTimeouts } from "./timeouts";
export { cpuMillis, memoryBytes } from "./units";
