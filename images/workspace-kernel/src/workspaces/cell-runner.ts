import { randomUUID } from "node:crypto";
import { type Logger, type Principal, ServiceError } from "@nexus/service";
import { isFileName } from "../document/facts";
import { failedOutcome, type Task } from "../sandbox/messages";
import type { SourceFile } from "../sandbox/modules";
import type { CellRow } from "../store/document-rows";
import type { IdempotencyKey } from "../store/idempotency-store";
import type { OnceAnswer } from "../store/once";
import type { Stores } from "../store/stores";
import { type ExecutionAnswer, toAnswer } from "./answer";
import type { CellReader } from "./cell-reader";
import { NotHeldError } from "./held";
import type { WorkspaceHolder } from "./holder";
import type { WorkspaceHub } from "./hub";
import { type CellCaller, SelfRuns } from "./self-runs";
import type { TenantQuotas } from "./tenant-quotas";

export interface CellRunnerOptions {
  readonly stores: Stores;
  readonly holder: WorkspaceHolder;
  readonly hub: WorkspaceHub;
  readonly quotas: TenantQuotas;
  readonly reader: CellReader;
  readonly log: Logger;
  /** After this time no further stale cell begins to run for one request. */
  readonly batchMs: number;
}

/** A cell that is added with its first run. */
export interface NewCell {
  readonly code: string;
  /** The cell before it; null for the begin, undefined for the end. */
  readonly after?: string | null | undefined;
}

export interface StaleRuns {
  ran: { readonly cellId: string; readonly durationMs: number; readonly error?: ExecutionAnswer["error"] }[];
  left: string[];
}

/** One run of a cell. */
interface CellRunOptions {
  readonly key?: IdempotencyKey | undefined;
  readonly runId?: string;
  /** Called when its turn has come; if it throws, the cell does not run. */
  readonly check?: (cell: CellRow) => void;
}

/** Runs cells of workspaces that this pod holds, and notes in their documents how the runs began and ended. */
export class CellRunner {
  private readonly selfRuns: SelfRuns;

  constructor(private readonly options: CellRunnerOptions) {
    this.selfRuns = new SelfRuns({
      ...options,
      run: async (workspaceId, cellId, caller, check) =>
        (await this.runOne(workspaceId, cellId, caller, { check })).body as ExecutionAnswer,
    });
  }

  /** Cells that follow others do not begin any more. */
  stop(): void {
    this.selfRuns.stop();
  }

  /** Adds a cell of code. A request that is sent again finds it there. */
  async add(workspaceId: string, cellId: string, principal: Principal, { code, after }: NewCell): Promise<void> {
    const { stores, quotas } = this.options;
    await quotas.checkStorage(principal);
    const content = { title: "", kind: "code", code, auto: false } as const;
    try {
      const { version } = await stores.transaction(({ documents }) =>
        documents.add(workspaceId, content, principal.userId, after, cellId),
      );
      this.tell(workspaceId, version);
    } catch (error) {
      if (!(error instanceof ServiceError && error.code === "edit_conflict")) throw error;
    }
  }

  /** Runs a cell. After the answer, those follow that run by themselves. */
  async run(
    workspaceId: string,
    cellId: string,
    caller: CellCaller,
    key: IdempotencyKey | undefined,
    runId: string,
  ): Promise<OnceAnswer> {
    const answer = await this.runOne(workspaceId, cellId, caller, { key, runId });
    // Also of a request that is sent again: its first pod may have been lost before they ran.
    if (!(answer.body as ExecutionAnswer).error) this.selfRuns.after(workspaceId, cellId, caller);
    return answer;
  }

  private async runOne(
    workspaceId: string,
    cellId: string,
    { principal, token }: CellCaller,
    { key, runId = randomUUID(), check }: CellRunOptions = {},
  ): Promise<OnceAnswer> {
    const { stores, holder, quotas } = this.options;
    const { kind, title } = await stores.documents.find(workspaceId, cellId);
    if (kind !== "code")
      throw new ServiceError("validation_failed", { detail: "The cell is a text and cannot run; only code can" });
    if (isFileName(title))
      throw new ServiceError("validation_failed", {
        detail: `The cell is the file ${title}, which runs when another cell imports it`,
      });
    let begun = false;
    const makeTask = async (): Promise<Task> => {
      await quotas.checkStorage(principal);
      if (check) check(await stores.documents.find(workspaceId, cellId));
      const run = { id: runId, cellId, by: principal.userId };
      const { version, cell } = await stores.transaction(({ documents }) => documents.beginRun(workspaceId, run));
      begun = true;
      this.tell(workspaceId, version);
      return { kind: "cell", code: cell.code, files: await this.filesFor(workspaceId, cell.code) };
    };
    try {
      const answer = await holder.execute(workspaceId, makeTask, key, {
        metered: quotas.metered(principal),
        takeRoom: quotas.storing(principal),
        token,
      });
      await this.end(workspaceId, runId, answer.body as ExecutionAnswer);
      return answer;
    } catch (error) {
      // With another owner the run counts as interrupted.
      if (begun && !(error instanceof NotHeldError)) await this.end(workspaceId, runId, lost(error));
      throw error;
    }
  }

  /** Runs what is stale, each cell after those that it needs, until one fails or it has taken long enough. */
  async runStale(workspaceId: string, caller: CellCaller): Promise<StaleRuns> {
    const { reader, batchMs } = this.options;
    const left = await reader.read(caller.principal, workspaceId, async ({ graph, missing }) => {
      // The order of what is not read is not known.
      if (missing) throw missing;
      return graph.order.filter((id) => graph.stale.has(id));
    });
    const ran: StaleRuns["ran"] = [];
    const until = performance.now() + batchMs;
    for (let cellId = left[0]; cellId !== undefined && performance.now() < until; cellId = left[0]) {
      const { body } = await this.runOne(workspaceId, cellId, caller);
      const { durationMs, error } = body as ExecutionAnswer;
      ran.push({ cellId, durationMs, error });
      if (error) break;
      left.shift();
    }
    return { ran, left };
  }

  /** The files of the document, if the code may import one. */
  private async filesFor(workspaceId: string, code: string): Promise<SourceFile[]> {
    if (!code.includes("import")) return [];
    const { cells } = await this.options.stores.documents.read(workspaceId);
    return cells
      .filter(({ kind, title }) => kind === "code" && isFileName(title))
      .map(({ title, code }) => ({ name: title, code }));
  }

  /** What ran is durable already, so that an end that cannot be noted is no error of the run. */
  private async end(workspaceId: string, runId: string, answer: ExecutionAnswer): Promise<void> {
    const { stores, log } = this.options;
    try {
      this.tell(workspaceId, await stores.transaction(({ documents }) => documents.endRun(workspaceId, runId, answer)));
    } catch (error) {
      log.warn({ workspaceId, error }, "the end of a run could not be noted");
    }
  }

  private tell(workspaceId: string, version: number): void {
    this.options.hub.publish(workspaceId, { type: "document", version });
  }
}

function lost(error: unknown): ExecutionAnswer {
  const message = error instanceof Error ? error.message : "The run was lost";
  const failure = { code: "workspace_lost", name: "WorkspaceLostError", message, stack: "" } as const;
  return toAnswer(failedOutcome(failure, 0, true), undefined);
}
