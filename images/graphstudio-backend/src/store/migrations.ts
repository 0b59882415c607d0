import { databaseSchemas, type SchemaMigration } from "@nexus/contract";
import type { MigrationSet } from "@nexus/service";
import { type Migration, sql } from "kysely";
import { aiUsageMigration } from "./ai-usage-store";
import { apiKeyMigration } from "./api-key-migration";
import { auditMigration } from "./audit-migration";
import { clusterMigration, clusterScanMigration } from "./cluster-migration";
import { denialMigration } from "./denial-migration";
import { deploymentMigration } from "./deployment-migration";
import { identityMigration } from "./identity-migration";
import { ownClusterMigration } from "./own-cluster-migration";
import { oidcMigration } from "./oidc-migration";
import { settingMigration } from "./setting-migration";
import { secondFactorMigration } from "./second-factor-migration";
import { roleChangeMigration } from "./role-changes";
import { signUpMigration } from "./sign-up-migration";
import { standingMigration } from "./standing-migration";
import { subscriptionMigration } from "./subscription-migration";
import { tenancyMigration } from "./tenancy-migration";

export const studioMigrations: MigrationSet = {
  schema: databaseSchemas["graphstudio-backend"],
  migrations: {
    "0001_accounts": {
      async up(db) {
        await sql`
          create table studio.tenants (
            id uuid primary key,
            name text not null,
            created_at timestamptz not null default now()
          )`.execute(db);
        await sql`
          create table studio.users (
            id uuid primary key,
            email text not null unique,
            password_hash text not null,
            created_at timestamptz not null default now()
          )`.execute(db);
        await sql`
          create table studio.members (
            tenant_id uuid not null references studio.tenants on delete cascade,
            user_id uuid not null references studio.users on delete cascade,
            role text not null check (role in ('owner', 'member')),
            created_at timestamptz not null default now(),
            primary key (user_id, tenant_id)
          )`.execute(db);
        await sql`
          create table studio.sessions (
            id uuid primary key,
            user_id uuid not null references studio.users on delete cascade,
            created_at timestamptz not null default now(),
            revoked_at timestamptz
          )`.execute(db);
        await sql`create index sessions_user on studio.sessions (user_id)`.execute(db);
        await sql`
          create table studio.refresh_tokens (
            token_hash bytea primary key,
            session_id uuid not null references studio.sessions on delete cascade,
            expires_at timestamptz not null,
            used_at timestamptz
          )`.execute(db);
        await sql`create index refresh_tokens_session on studio.refresh_tokens (session_id)`.execute(db);
      },
    },
    "0002_refresh_grace": {
      async up(db) {
        await sql`alter table studio.refresh_tokens add column successor_salt bytea`.execute(db);
      },
    },
    "0003_identities": identityMigration,
    "0004_tenancy": tenancyMigration,
    "0005_audit": auditMigration,
    "0006_api_keys": apiKeyMigration,
    "0007_subscriptions": subscriptionMigration,
    "0009_second_factors": secondFactorMigration,
    "0010_standing": standingMigration,
    "0011_oidc": oidcMigration,
    "0012_role_changes": roleChangeMigration,
    "0014_denials": denialMigration,
    "0015_clusters": clusterMigration,
    "0016_ai_usage": aiUsageMigration,
    "0017_deployments": deploymentMigration,
    "0019_sign_ups": signUpMigration,
    "0020_cluster_scans": clusterScanMigration,
    "0021_settings": settingMigration,
    "0022_own_cluster": ownClusterMigration,
  } satisfies Record<SchemaMigration<"graphstudio-backend">, Migration>,
};
