import { sql } from "kysely";
import type { CellContent, CellKind } from "../document/cell";
import type { CellFacts } from "../document/facts";
import type { ExecutionAnswer } from "../workspaces/answer";

/** A run of a cell. */
export interface RunRow {
  readonly id: string;
  readonly seq: number;
  /** Version of the cell that ran. */
  readonly cellVersion: number;
  readonly by: string;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  /** It has not ended, and nobody runs it any more. */
  readonly interrupted: boolean;
  readonly failed: boolean;
  /** Null until it ends, and when it is forgotten. */
  readonly answer: ExecutionAnswer | null;
}

export interface CellRow extends CellContent {
  readonly id: string;
  /** Incremented when somebody writes the cell. */
  readonly version: number;
  /** The document's version at the last change of the cell or of its runs. */
  readonly changed: number;
  readonly updatedAt: Date;
  readonly updatedBy: string;
  readonly facts: CellFacts | null;
  /** The newest run. */
  readonly run: RunRow | null;
}

/** The columns of a run `r` of a workspace `w`. */
export const runColumns = sql`
  r.id as "runId", r.seq::float8 as seq, r.cell_version as "cellVersion", r.run_by as "by", r.started_at as "startedAt",
  r.ended_at as "endedAt", r.failed, r.outcome,
  (r.ended_at is null and (r.epoch <> w.epoch or coalesce(w.lease_expires_at <= now(), true))) as interrupted`;

export type StoredRun = Omit<RunRow, "id" | "answer"> & { readonly runId: string; readonly outcome: string | null };

export type StoredCell = StoredRun & { readonly [Part in Exclude<keyof CellContent, "auto">]: string } & {
  readonly id: string;
  readonly auto: boolean;
  readonly version: number;
  readonly changed: number;
  readonly updatedAt: Date;
  readonly updatedBy: string;
  readonly facts: string | null;
  readonly hasRun: boolean;
};

export function toRun({
  runId,
  seq,
  cellVersion,
  by,
  startedAt,
  endedAt,
  interrupted,
  failed,
  outcome,
}: StoredRun): RunRow {
  const answer = outcome === null ? null : (JSON.parse(outcome) as ExecutionAnswer);
  return { id: runId, seq, cellVersion, by, startedAt, endedAt, interrupted, failed, answer };
}

export function toCell(row: StoredCell): CellRow {
  const { id, title, kind, code, auto, version, changed, updatedAt, updatedBy, facts, hasRun } = row;
  return {
    id,
    title,
    kind: kind as CellKind,
    code,
    auto,
    version,
    changed,
    updatedAt,
    updatedBy,
    facts: facts === null ? null : (JSON.parse(facts) as CellFacts),
    run: hasRun ? toRun(row) : null,
  };
}
