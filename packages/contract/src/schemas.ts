import type { migratedServices } from "./names";

export type MigratedService = (typeof migratedServices)[number];

/**
 * The migrations of each service's database schema, in their order. A release records the newest ones, so that a rollback
 * knows which migrations lie between two releases.
 */
export const schemaMigrations = {
  "workspace-kernel": [
    "0001_workspaces",
    "0002_durable_workspaces",
    "0003_stream_sizes",
    "0004_execution_times",
    "0005_workspace_counts",
    "0006_plan_limits",
    "0007_drills",
    "0008_documents",
    "0009_storage_reservations",
    "0012_tenant_usage",
    "0013_self_running_cells",
  ],
  "graphstudio-backend": [
    "0001_accounts",
    "0002_refresh_grace",
    "0003_identities",
    "0004_tenancy",
    "0005_audit",
    "0006_api_keys",
    "0007_subscriptions",
    "0009_second_factors",
    "0010_standing",
    "0011_oidc",
    "0012_role_changes",
    "0014_denials",
    "0015_clusters",
    "0016_ai_usage",
    "0017_deployments",
    "0019_sign_ups",
    "0020_cluster_scans",
    "0021_settings",
    "0022_own_cluster",
  ],
} as const satisfies Record<MigratedService, readonly string[]>;

/** Name of a migration of a service. */
export type SchemaMigration<Service extends MigratedService> = (typeof schemaMigrations)[Service][number];

/**
 * Whether the release before can no longer work with the database after this migration. Its name says so, because an
 * older program knows nothing else of it. All other migrations only add what the release before ignores.
 */
export function contracts(migration: string): boolean {
  return migration.endsWith("_contract");
}
