import type { Migration } from "kysely";
import { sql } from "kysely";

/** Compose projects of tenants with their versions, and their deployments with their revisions. */
export const deploymentMigration: Migration = {
  async up(db) {
    await sql`alter table studio.clusters add column members_deploy boolean not null default false`.execute(db);
    await sql`
      create table studio.projects (
        id uuid primary key,
        tenant_id uuid not null references studio.tenants on delete cascade,
        name text not null,
        version integer not null,
        created_at timestamptz not null default now(),
        unique (tenant_id, name)
      )`.execute(db);
    await sql`
      create table studio.project_versions (
        id uuid primary key,
        tenant_id uuid not null,
        project_id uuid not null references studio.projects on delete cascade,
        version integer not null,
        sealed bytea not null,
        key_id text not null,
        made_by uuid not null,
        created_at timestamptz not null default now(),
        unique (project_id, version)
      )`.execute(db);
    await sql`create index project_versions_key on studio.project_versions (key_id, id)`.execute(db);
    await sql`
      create table studio.deployments (
        id uuid primary key,
        tenant_id uuid not null references studio.tenants on delete cascade,
        cluster_id uuid not null references studio.clusters on delete cascade,
        project_id uuid references studio.projects on delete set null,
        project_name text not null,
        namespace text not null,
        revision integer not null,
        created_at timestamptz not null default now(),
        unique (cluster_id, namespace, project_id)
      )`.execute(db);
    await sql`create index deployments_tenant on studio.deployments (tenant_id, created_at, id)`.execute(db);
    await sql`
      create table studio.revisions (
        id uuid primary key,
        tenant_id uuid not null,
        deployment_id uuid not null references studio.deployments on delete cascade,
        revision integer not null,
        act text not null check (act in ('deploy', 'rollback', 'restart', 'scale', 'remove')),
        detail text,
        project_version integer,
        sealed bytea not null,
        key_id text not null,
        objects jsonb not null,
        force boolean not null,
        with_volumes boolean not null,
        state text not null default 'queued' check (state in ('queued', 'applying', 'applied', 'failed', 'skipped')),
        reason text,
        done integer not null default 0,
        outcomes jsonb not null default '[]',
        attempts integer not null default 0,
        due_at timestamptz not null default now(),
        lease uuid,
        lease_until timestamptz,
        rollout_id uuid,
        position integer not null default 0,
        in_turn boolean not null default false,
        request_key text,
        request_hash text,
        made_by uuid not null,
        created_at timestamptz not null default now(),
        finished_at timestamptz,
        unique (deployment_id, revision),
        unique (tenant_id, request_key, position)
      )`.execute(db);
    await sql`create index revisions_open on studio.revisions (created_at) where state in ('queued', 'applying')`.execute(
      db,
    );
    await sql`create index revisions_rollout on studio.revisions (rollout_id, position)`.execute(db);
    await sql`create index revisions_key on studio.revisions (key_id, id)`.execute(db);
  },
};
