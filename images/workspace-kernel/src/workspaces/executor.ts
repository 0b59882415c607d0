import { isConnectionError, type Logger, ServiceError, traced } from "@nexus/service";
import type { AiCalls } from "../ai/ai-calls";
import { LiveTexts } from "../ai/live-texts";
import type { HttpGateway } from "../http/gateway";
import type { KernelMetrics } from "../metrics";
import type { TaskCaller } from "../sandbox/job";
import { type ExecutionOutcome, failedOutcome, type Task, type WorkspaceChange } from "../sandbox/messages";
import type { SandboxPool } from "../sandbox/pool";
import type { CommitQueue } from "../store/commit-queue";
import { bytesOf, type WorkspaceWrite } from "../store/commit-store";
import type { IdempotencyKey, StoredAnswer } from "../store/idempotency-store";
import type { DurableImage } from "../store/image-store";
import { streamBytes } from "../store/limits";
import type { Stores } from "../store/stores";
import { toAnswer } from "./answer";
import type { Metered, OnRan } from "./execution-meter";
import { type Held, NotHeldError } from "./held";
import type { WorkspaceHub } from "./hub";
import type { TakeRoom } from "./storage-room";

export interface ExecutorOptions {
  readonly stores: Stores;
  readonly commits: CommitQueue;
  readonly pool: SandboxPool;
  readonly gateway: HttpGateway;
  readonly ai: AiCalls;
  readonly hub: WorkspaceHub;
  readonly metrics: KernelMetrics;
  readonly log: Logger;
}

/** Who runs a task. */
export interface Execution {
  readonly metered: Metered;
  /** The caller's access token or API key; undefined where none is needed. */
  readonly token: string | undefined;
  /** Takes room for what it changed. */
  readonly takeRoom: TakeRoom;
}

/** An execution that no plan limits, and that nobody asked for. */
export const UNLIMITED: Execution = {
  metered: (run) => run(() => undefined),
  takeRoom: async () => () => undefined,
  token: undefined,
};

interface Around extends Pick<Execution, "token"> {
  readonly onRan: OnRan;
  readonly live: LiveTexts;
}

interface Ran {
  readonly outcome: ExecutionOutcome;
  readonly change: WorkspaceChange | undefined;
}

/** The image of a workspace that was just made. */
const NOTHING: DurableImage = {
  segments: [],
  memoryBytes: 0,
  heapSeq: 0,
  incompatible: false,
  data: { state: {}, panels: {}, streamSeq: 0 },
};

const STOPPED = { code: "stopped", name: "StoppedError", message: "Somebody stopped the run", stack: "" } as const;
const LOST = {
  code: "workspace_lost",
  name: "WorkspaceLostError",
  message: "The sandbox's worker had to be stopped because of a neighbour while the code waited for an answer",
  stack: "",
} as const;

/** Runs tasks in the workspaces of a pod, one at a time in each, and makes their changes durable. */
export class WorkspaceExecutor {
  /** @param held the workspaces of this pod; one that was removed, or is held anew, gets no changes */
  constructor(
    private readonly options: ExecutorOptions,
    private readonly held: ReadonlyMap<string, Held>,
  ) {}

  /** Runs a task and makes its changes durable. Only the time in which code runs is counted. */
  async execute(
    id: string,
    held: Held,
    makeTask: () => Promise<Task>,
    key: IdempotencyKey | undefined,
    { metered, takeRoom, token }: Execution,
  ): Promise<StoredAnswer> {
    held.interrupted = false;
    const live = new LiveTexts(this.options.hub, id);
    try {
      const { outcome, change } = await metered(async (onRan) =>
        this.run(id, held, await makeTask(), { onRan, token, live }),
      );
      const answer: StoredAnswer = { status: 200, body: toAnswer(outcome, held.restart) };
      await this.commit(id, held, { change, ...(key && { answer: { key, answer } }) }, takeRoom);
      held.restart = undefined;
      if (!outcome.reset) held.memoryBytes = outcome.memoryBytes;
      this.count(held.tenantId, outcome);
      return answer;
    } finally {
      live.end();
    }
  }

  /** Runs a task; its changes are not durable yet. */
  private async run(id: string, held: Held, task: Task, around: Around): Promise<Ran> {
    return await traced("execute", { "nexus.workspace.id": id, "nexus.task.kind": task.kind }, async (note) => {
      const ran = await this.attempt(id, held, task, around);
      note({ "nexus.outcome": ran.outcome.error?.code ?? "success" });
      return ran;
    });
  }

  private async attempt(id: string, held: Held, task: Task, { onRan, token, live }: Around): Promise<Ran> {
    const { pool, metrics, gateway, ai } = this.options;
    const { tenantId } = held;
    const source = { tenantId, workspaceId: id };
    const caller: TaskCaller = {
      tenantId,
      load: async () => {
        const image = await this.load(id, held);
        // This pod may have lost the workspace and claimed it again meanwhile. Then the old instance is not valid.
        if (this.held.get(id) !== held || held.ending) throw new NotHeldError();
        return image;
      },
      onCall: (since, call, signal) => {
        const { kind } = call;
        if (kind !== "ai") return gateway.answer(source, since, { ...call, kind }, signal);
        return ai.answer({ ...source, token }, since, call, signal, (panel, text) => live.show(panel, text));
      },
    };
    if (this.held.get(id) !== held || held.ending) throw new NotHeldError();
    if (held.interrupted) return { outcome: failedOutcome(STOPPED, 0, true), change: undefined };
    const end = await pool.run(id, task, caller);
    if (end.ranMs > 0) onRan(end.ranMs, end.type === "done" ? streamBytes(end.change?.entries ?? []) : 0);
    if (this.held.get(id) !== held || (held.ending && end.type === "lost")) throw new NotHeldError();
    if (end.type === "done") {
      if (end.resumeMs !== undefined && held.heapSeq > 0) metrics.resumeSeconds.observe(end.resumeMs / 1000);
      return end;
    }
    return { outcome: failedOutcome(held.interrupted ? STOPPED : LOST, end.ranMs, true), change: undefined };
  }

  private async load(id: string, held: Held): Promise<DurableImage> {
    const stored = () =>
      traced("resume", { "nexus.workspace.id": id }, async (note) => {
        const found = await this.options.stores.images.load(id, held.epoch);
        note({ "nexus.heap.segments": found?.segments.length ?? 0 });
        return found;
      });
    const image = held.takeNew() ? NOTHING : await stored();
    if (!image) throw new NotHeldError();
    held.heapSeq = image.heapSeq;
    held.panels = Object.keys(image.data.panels).length;
    held.restart = image.incompatible ? "snapshot_incompatible" : undefined;
    if (image.incompatible)
      this.options.log.warn({ workspaceId: id }, "the heap is of another sandbox build; only its state was loaded");
    return image;
  }

  /** Makes the changes of an execution durable, and then informs the listeners. */
  private async commit(
    id: string,
    held: Held,
    result: Pick<WorkspaceWrite, "change" | "answer">,
    takeRoom: TakeRoom,
  ): Promise<void> {
    const { change, answer } = result;
    if (!change && !answer) return;
    const { commits, hub, pool } = this.options;
    const write = { id, epoch: held.epoch, baseSeq: held.heapSeq, ...result };
    const bytes = bytesOf(write);
    const done = await takeRoom(bytes).catch((error: unknown) => {
      // The next execution begins with what was durable before this one.
      if (this.held.get(id) === held) pool.dispose(id);
      throw error;
    });
    let isWritten: boolean;
    try {
      isWritten = await traced("commit", { "nexus.workspace.id": id }, () =>
        commits.submit(held.tenantId, write, bytes),
      );
    } catch (error) {
      // It is unknown whether the write happened, so the next execution begins with the content of the database.
      if (this.held.get(id) === held) pool.dispose(id);
      const kept = isConnectionError(error) ? "may or may not have been kept" : "was not kept";
      const detail = `What the execution changed ${kept}; the workspace goes on from its last durable state`;
      throw new ServiceError("commit_failed", { detail, retryAfterSeconds: 2, cause: error });
    } finally {
      done();
    }
    if (!isWritten) {
      throw new NotHeldError("another pod owns the workspace");
    }
    if (!change) return;
    held.heapSeq += 1;
    if (change.panels) held.panels = Object.keys(change.panels).length;
    if (change.entries.length > 0) hub.publish(id, { type: "entries", entries: change.entries });
  }

  private count(tenantId: string, { error, durationMs, hostCalls, memoryBytes }: ExecutionOutcome): void {
    const { metrics } = this.options;
    metrics.tenants.count(tenantId, { failed: error !== undefined, durationMs });
    metrics.executions.inc({ outcome: error?.code ?? "success" });
    metrics.executionSeconds.observe(durationMs / 1000);
    metrics.hostCalls.inc(hostCalls);
    metrics.sawMemory(memoryBytes);
  }
}
