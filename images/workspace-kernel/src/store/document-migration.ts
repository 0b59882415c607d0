import type { Migration } from "kysely";
import { sql } from "kysely";

/** Documents of workspaces: cells, their order and their runs. */
export const documentMigration: Migration = {
  async up(db) {
    await sql`
      create table kernel.documents (
        workspace_id uuid primary key references kernel.workspaces on delete cascade,
        version bigint not null default 0,
        cell_order uuid[] not null default '{}'
      )`.execute(db);
    await sql`
      create table kernel.cells (
        workspace_id uuid not null references kernel.workspaces on delete cascade,
        id uuid not null,
        title text not null,
        kind text not null,
        code text not null,
        version integer not null,
        changed bigint not null,
        updated_at timestamptz not null default now(),
        updated_by text not null,
        facts text,
        primary key (workspace_id, id)
      )`.execute(db);
    await sql`
      create table kernel.cell_runs (
        workspace_id uuid not null,
        id uuid not null,
        cell_id uuid not null,
        seq bigint not null,
        cell_version integer not null,
        epoch integer not null,
        run_by text not null,
        started_at timestamptz not null default now(),
        ended_at timestamptz,
        failed boolean not null default false,
        outcome text,
        primary key (workspace_id, id),
        foreign key (workspace_id, cell_id) references kernel.cells on delete cascade
      )`.execute(db);
    await sql`create index cell_runs_cell on kernel.cell_runs (workspace_id, cell_id, seq)`.execute(db);
    await sql`alter table kernel.snapshots add column document text`.execute(db);
  },
};
