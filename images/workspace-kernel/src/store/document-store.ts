import { randomUUID } from "node:crypto";
import { type Kysely, sql } from "kysely";
import {
  type CellContent,
  type CellEdit,
  checkDocument,
  documentConflict,
  edited,
  editConflict,
  isSameText,
  noCell,
  placed,
} from "../document/cell";
import type { CellFacts } from "../document/facts";
import type { FileCell } from "../document/file";
import { keptAnswer, MAX_ANSWERS_BYTES, RUNS_PER_CELL } from "../document/runs";
import type { ExecutionAnswer } from "../workspaces/answer";
import { type CellRow, type RunRow, runColumns, type StoredCell, type StoredRun, toCell, toRun } from "./document-rows";
import type { KernelTables } from "./tables";
import { found } from "./workspace-store";

export interface DocumentRow {
  readonly version: number;
  readonly order: readonly string[];
  /** Those that changed after the version that was asked for, in no order. */
  readonly cells: readonly CellRow[];
}

/** A change of a cell with the document's version after it. */
export interface CellChange {
  readonly version: number;
  readonly cell: CellRow;
}

export interface NewRun {
  readonly id: string;
  readonly cellId: string;
  readonly by: string;
}

interface Head {
  readonly version: number;
  readonly order: readonly string[];
}

/** Documents of workspaces. Call what changes one inside a transaction; changes of one document wait for each other. */
export class DocumentStore {
  constructor(private readonly db: Kysely<KernelTables>) {}

  /** @param since a version of the document: cells that did not change after it are left out */
  async read(workspaceId: string, since = -1): Promise<DocumentRow> {
    // The version first: what changes between the two statements is then read again with the next version.
    const row = await this.db
      .selectFrom("kernel.documents")
      .select([sql<number>`version::float8`.as("version"), "cell_order as order"])
      .where("workspace_id", "=", workspaceId)
      .executeTakeFirst();
    const cells = await this.select(workspaceId, sql`c.changed > ${since}`);
    return { version: 0, order: [], ...row, cells };
  }

  /** Whether a cell of it runs by itself. */
  async hasAuto(workspaceId: string): Promise<boolean> {
    const of = this.db.selectFrom("kernel.cells").select("id").where("workspace_id", "=", workspaceId);
    return (await of.where("auto", "=", true).limit(1).executeTakeFirst()) !== undefined;
  }

  async find(workspaceId: string, id: string): Promise<CellRow> {
    const [cell] = await this.select(workspaceId, sql`c.id = ${id}`);
    if (!cell) throw noCell();
    return cell;
  }

  /** @param after the cell before the new one; null for the begin, undefined for the end */
  async add(
    workspaceId: string,
    content: CellContent,
    by: string,
    after: string | null | undefined,
    id: string = randomUUID(),
  ): Promise<CellChange> {
    const { version, order } = await this.lock(workspaceId);
    if (order.includes(id)) throw editConflict(await this.find(workspaceId, id), 0);
    checkDocument({ cells: order.length, bytes: await this.bytes(workspaceId) }, [content]);
    await this.insert(workspaceId, version, by, [{ id, ...content }]);
    await this.keepOrder(workspaceId, placed(order, id, after));
    return { version, cell: await this.find(workspaceId, id) };
  }

  /** @param expected the version that the change is of; undefined for whichever there is */
  async change(
    workspaceId: string,
    id: string,
    edit: CellEdit,
    by: string,
    expected: number | undefined,
  ): Promise<CellChange> {
    const { version, order } = await this.lock(workspaceId);
    const before = await this.find(workspaceId, id);
    const content = edited(before, edit);
    const isText = !isSameText(before, content);
    if (!isText && before.auto === content.auto) return { version, cell: before };
    if (isText) {
      this.expect(before, expected);
      checkDocument({ cells: order.length - 1, bytes: await this.bytes(workspaceId, id) }, [content]);
    }
    await this.db
      .updateTable("kernel.cells")
      .set({
        ...content,
        changed: version,
        ...(isText && { version: before.version + 1, updated_at: sql`now()`, updated_by: by, facts: null }),
      })
      .where("workspace_id", "=", workspaceId)
      .where("id", "=", id)
      .execute();
    return { version, cell: await this.find(workspaceId, id) };
  }

  async move(workspaceId: string, id: string, after: string | null | undefined): Promise<Head> {
    const { version, order } = await this.lock(workspaceId);
    if (!order.includes(id)) throw noCell();
    const moved = placed(order, id, after);
    await this.keepOrder(workspaceId, moved);
    return { version, order: moved };
  }

  async remove(workspaceId: string, id: string, expected: number | undefined): Promise<Head> {
    const { version, order } = await this.lock(workspaceId);
    this.expect(await this.find(workspaceId, id), expected);
    await this.db.deleteFrom("kernel.cells").where("workspace_id", "=", workspaceId).where("id", "=", id).execute();
    const left = order.filter((each) => each !== id);
    await this.keepOrder(workspaceId, left);
    return { version, order: left };
  }

  /** Replaces all cells; those that were there keep their runs, and their versions where nothing changed. */
  async replace(
    workspaceId: string,
    cells: readonly FileCell[],
    by: string,
    expected: number | undefined,
  ): Promise<DocumentRow> {
    const { version } = await this.lock(workspaceId);
    if (expected !== undefined && version - 1 !== expected) throw documentConflict(version - 1, expected);
    checkDocument({ cells: 0, bytes: 0 }, cells);
    const ids = cells.map(({ id }) => id);
    await this.db
      .deleteFrom("kernel.cells")
      .where("workspace_id", "=", workspaceId)
      .where(sql<boolean>`id <> all(${ids}::uuid[])`)
      .execute();
    await this.insert(workspaceId, version, by, cells);
    await this.keepOrder(workspaceId, ids);
    return await this.read(workspaceId);
  }

  /** Notes that a run begins, or begins again after its pod was lost, and gives the cell as it runs. */
  async beginRun(workspaceId: string, { id, cellId, by }: NewRun): Promise<CellChange> {
    const { version } = await this.lock(workspaceId);
    const cell = await this.find(workspaceId, cellId);
    await sql`
      insert into kernel.cell_runs (workspace_id, id, cell_id, seq, cell_version, epoch, run_by)
      select id, ${id}, ${cellId}, ${version}, ${cell.version}, epoch, ${by} from kernel.workspaces
      where id = ${workspaceId}
      on conflict (workspace_id, id) do update
      set seq = excluded.seq, cell_version = excluded.cell_version, epoch = excluded.epoch, started_at = now()
      where cell_runs.ended_at is null`.execute(this.db);
    await this.touch(workspaceId, cellId, version);
    return { version, cell };
  }

  /**
   * Notes how a run ended, and forgets older ones. It does nothing if that has happened already, or if the cell is gone.
   * @returns the document's version
   */
  async endRun(workspaceId: string, id: string, answer: ExecutionAnswer): Promise<number> {
    const { version } = await this.lock(workspaceId);
    const ended = await this.db
      .updateTable("kernel.cell_runs")
      .set({ ended_at: sql`now()`, failed: answer.error !== undefined, outcome: keptAnswer(answer) })
      .where("workspace_id", "=", workspaceId)
      .where("id", "=", id)
      .where("ended_at", "is", null)
      .returning("cell_id as cellId")
      .executeTakeFirst();
    if (!ended) return version;
    await this.touch(workspaceId, ended.cellId, version);
    await sql`
      delete from kernel.cell_runs where workspace_id = ${workspaceId} and id in (
        select id from kernel.cell_runs where workspace_id = ${workspaceId} and cell_id = ${ended.cellId}
        order by seq desc offset ${RUNS_PER_CELL})`.execute(this.db);
    await sql`
      update kernel.cell_runs r set outcome = null
      from (select id, sum(octet_length(outcome)) over (order by seq desc) as bytes from kernel.cell_runs
            where workspace_id = ${workspaceId} and outcome is not null) as kept
      where r.workspace_id = ${workspaceId} and r.id = kept.id and kept.bytes > ${MAX_ANSWERS_BYTES}`.execute(this.db);
    return version;
  }

  /** The runs of a cell, the newest first. */
  async runs(workspaceId: string, cellId: string): Promise<RunRow[]> {
    await this.find(workspaceId, cellId);
    const { rows } = await sql<StoredRun>`
      select ${runColumns} from kernel.cell_runs r join kernel.workspaces w on w.id = r.workspace_id
      where r.workspace_id = ${workspaceId} and r.cell_id = ${cellId} order by r.seq desc`.execute(this.db);
    return rows.map(toRun);
  }

  /** Keeps what cells declare and use, where they have not changed meanwhile. */
  async keepFacts(
    workspaceId: string,
    cells: readonly { readonly id: string; readonly version: number; readonly facts: CellFacts }[],
  ): Promise<void> {
    await sql`
      update kernel.cells c set facts = f.facts
      from unnest(${cells.map(({ id }) => id)}::uuid[], ${cells.map(({ version }) => version)}::int[],
                  ${cells.map(({ facts }) => JSON.stringify(facts))}::text[]) as f (id, version, facts)
      where c.workspace_id = ${workspaceId} and c.id = f.id and c.version = f.version`.execute(this.db);
  }

  /** Makes other changes of the document wait until the transaction ends. @returns it with its next version */
  private async lock(workspaceId: string): Promise<Head> {
    const { rows } = await sql<Head>`
      insert into kernel.documents (workspace_id, version)
      select id, 1 from kernel.workspaces where id = ${workspaceId}
      on conflict (workspace_id) do update set version = documents.version + 1
      returning version::float8 as version, cell_order as "order"`.execute(this.db);
    return found(rows[0]);
  }

  private expect(cell: CellRow, expected: number | undefined): void {
    if (expected !== undefined && cell.version !== expected) throw editConflict(cell, expected);
  }

  private async keepOrder(workspaceId: string, order: readonly string[]): Promise<void> {
    await sql`update kernel.documents set cell_order = ${order}::uuid[] where workspace_id = ${workspaceId}`.execute(
      this.db,
    );
  }

  private async touch(workspaceId: string, id: string, version: number): Promise<void> {
    await this.db
      .updateTable("kernel.cells")
      .set({ changed: version })
      .where("workspace_id", "=", workspaceId)
      .where("id", "=", id)
      .execute();
  }

  private async bytes(workspaceId: string, besides: string | null = null): Promise<number> {
    const { rows } = await sql<{ bytes: number }>`
      select coalesce(sum(octet_length(code)), 0)::float8 as bytes from kernel.cells
      where workspace_id = ${workspaceId} and id is distinct from ${besides}::uuid`.execute(this.db);
    return rows[0]?.bytes ?? 0;
  }

  private async insert(workspaceId: string, version: number, by: string, cells: readonly FileCell[]): Promise<void> {
    const column = (part: keyof FileCell) => cells.map((cell) => cell[part]);
    await sql`
      insert into kernel.cells as c (workspace_id, id, title, kind, code, version, changed, updated_by)
      select ${workspaceId}, n.id, n.title, n.kind, n.code, 1, ${version}, ${by}
      from unnest(${column("id")}::uuid[], ${column("title")}::text[], ${column("kind")}::text[],
                  ${column("code")}::text[]) as n (id, title, kind, code)
      on conflict (workspace_id, id) do update
      set title = excluded.title, kind = excluded.kind, code = excluded.code, version = c.version + 1,
          changed = excluded.changed, updated_at = now(), updated_by = excluded.updated_by, facts = null
      where (c.title, c.kind, c.code) is distinct from (excluded.title, excluded.kind, excluded.code)`.execute(this.db);
    await sql`
      update kernel.cells c set auto = n.auto, changed = ${version}
      from unnest(${column("id")}::uuid[], ${column("auto")}::boolean[]) as n (id, auto)
      where c.workspace_id = ${workspaceId} and c.id = n.id and c.auto <> n.auto`.execute(this.db);
  }

  private async select(workspaceId: string, which: ReturnType<typeof sql>): Promise<CellRow[]> {
    const { rows } = await sql<StoredCell>`
      select c.id, c.title, c.kind, c.code, c.auto, c.version, c.changed::float8 as changed, c.updated_at as "updatedAt",
             c.updated_by as "updatedBy", c.facts, (r."runId" is not null) as "hasRun", r.*
      from kernel.cells c left join lateral (
        select ${runColumns} from kernel.cell_runs r join kernel.workspaces w on w.id = r.workspace_id
        where r.workspace_id = c.workspace_id and r.cell_id = c.id order by r.seq desc limit 1
      ) as r on true
      where c.workspace_id = ${workspaceId} and ${which}`.execute(this.db);
    return rows.map(toCell);
  }
}
