import type { Logger, Principal } from "@nexus/service";
import { isFileName } from "../document/facts";
import { followersOf } from "../document/followers";
import type { CellRow } from "../store/document-rows";
import type { Stores } from "../store/stores";
import type { ExecutionAnswer } from "./answer";
import type { CellReader } from "./cell-reader";
import type { Execution } from "./executor";
import { NotHeldError } from "./held";
import type { WorkspaceHolder } from "./holder";

/** Who runs a cell. */
export interface CellCaller extends Pick<Execution, "token"> {
  readonly principal: Principal;
}

export interface SelfRunsOptions {
  readonly stores: Pick<Stores, "documents">;
  readonly holder: Pick<WorkspaceHolder, "enter">;
  readonly reader: CellReader;
  readonly log: Logger;
  /** After this time no further cell begins to run. */
  readonly batchMs: number;
  /** @param check called when its turn has come; if it throws, the cell does not run */
  readonly run: (
    workspaceId: string,
    cellId: string,
    caller: CellCaller,
    check: (cell: CellRow) => void,
  ) => Promise<ExecutionAnswer>;
}

/** Somebody ran, wrote or switched the cell meanwhile. */
class OvertakenError extends Error {
  override readonly name = "OvertakenError";
}

/**
 * Runs cells that run by themselves, after the answer of the run that they follow and with the rights of whoever ran it.
 * The pod that holds the workspace does it, so that each runs once however many people look. Nothing of it is stored: what
 * a lost pod has left is stale, and runs with the next run of what it needs.
 */
export class SelfRuns {
  /** Workspaces in which cells follow, with the cells that ran meanwhile: theirs come next. */
  private readonly waiting = new Map<string, Map<string, CellCaller>>();
  private stopped = false;

  constructor(private readonly options: SelfRunsOptions) {}

  /** A cell has run without an error. */
  after(workspaceId: string, cellId: string, caller: CellCaller): void {
    const waiting = this.waiting.get(workspaceId);
    if (waiting) {
      waiting.set(cellId, caller);
      return;
    }
    void this.follow(workspaceId, new Map([[cellId, caller]]));
  }

  /** Nothing more begins; what runs ends with its workspace. */
  stop(): void {
    this.stopped = true;
  }

  private async follow(workspaceId: string, waiting: Map<string, CellCaller>): Promise<void> {
    this.waiting.set(workspaceId, waiting);
    // It has those too that come meanwhile.
    for (const [cellId, caller] of waiting) {
      waiting.delete(cellId);
      try {
        await this.runFollowers(workspaceId, cellId, caller);
      } catch (error) {
        if (!(error instanceof NotHeldError))
          this.options.log.info({ workspaceId, error }, "cells that run by themselves were left");
      }
    }
    this.waiting.delete(workspaceId);
  }

  private async runFollowers(workspaceId: string, ran: string, caller: CellCaller): Promise<void> {
    const { stores, holder, reader, run, batchMs } = this.options;
    const { tenantId } = caller.principal;
    const leave = await holder.enter(workspaceId, tenantId);
    try {
      if (!(await stores.documents.hasAuto(workspaceId)) || this.stopped) return;
      const { graph, cells, known } = await reader.read(caller.principal, workspaceId, async ({ missing, ...read }) => {
        // What follows from code that is not read is not known.
        if (missing) throw missing;
        return {
          graph: read.graph,
          cells: read.document.cells.map(toFollowerCell),
          known: new Map(read.document.cells.map((cell) => [cell.id, toSeen(cell)])),
        };
      });
      const done = new Set<string>();
      const until = performance.now() + batchMs;
      for (const { id, needs } of followersOf(graph, cells, ran)) {
        if (!needs.every((each) => done.has(each))) continue;
        if (this.stopped || performance.now() >= until) return;
        const error = await run(workspaceId, id, caller, expecting(known.get(id))).then(
          (answer) => answer.error,
          ignoreOvertaken,
        );
        if (error === undefined) done.add(id);
        // Whoever stops a run means all that follows.
        else if (error !== OVERTAKEN && error.code === "stopped") return;
      }
    } finally {
      leave();
    }
  }
}

const OVERTAKEN = "overtaken";

function ignoreOvertaken(error: unknown): typeof OVERTAKEN {
  if (error instanceof OvertakenError) return OVERTAKEN;
  throw error;
}

/** Refuses a cell that has changed since it was read: somebody else has run it, or will. */
const expecting = (before: Seen | undefined) => (now: CellRow) => {
  if (!now.auto || now.version !== before?.version || now.run?.id !== before.runId) throw new OvertakenError();
};

/** What is kept of a cell while others run. */
interface Seen {
  readonly version: number;
  readonly runId: string | undefined;
}
const toSeen = ({ version, run }: CellRow): Seen => ({ version, runId: run?.id });

const toFollowerCell = ({ id, title, auto, run }: CellRow) => ({
  id,
  auto,
  isFile: isFileName(title),
  isRunning: run !== null && run.endedAt === null && !run.interrupted,
});
