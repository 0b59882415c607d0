import {
  type ExecutionOutcome,
  failedOutcome,
  type HostCall,
  type HostCallAnswer,
  type Task,
  type WorkerReply,
  type WorkerRequest,
  type WorkspaceChange,
  type WorkspaceImage,
} from "./messages";
import type { SandboxThread } from "./thread";
import { TurnQueue } from "./turn-queue";

export type ReplaceReason = "watchdog" | "crash";

/**
 * How a task ended. `lost`: the worker or the instance was stopped for another reason; `started` if the code may have
 * run.
 */
export type TaskEnd =
  | {
      readonly type: "done";
      readonly outcome: ExecutionOutcome;
      readonly change: WorkspaceChange | undefined;
      readonly resumeMs: number;
    }
  | { readonly type: "lost"; readonly started: boolean };

export interface TaskCaller {
  /** The tenant whose turn the task takes. */
  readonly tenantId: string;
  /** Answers a call to the host; never rejects. `since`: time of the task's first call, by `performance.now`. */
  readonly onCall: (since: number, call: HostCall) => Promise<HostCallAnswer>;
}

interface Job {
  readonly id: number;
  readonly workspaceId: string;
  readonly caller: TaskCaller;
  readonly resolve: (end: TaskEnd) => void;
  started: boolean;
  waitingSince: number | undefined;
}

/** The next step for the worker. */
interface Item {
  readonly job: Job;
  readonly request: WorkerRequest;
}

export interface WorkerSlotOptions {
  readonly timeoutMs: number;
  /** A thread that is starting or has started. */
  readonly takeThread: () => SandboxThread;
  /** Instances to keep ready for new workspaces. */
  readonly spares: number;
  /** The worker was replaced, and the instances of these workspaces are lost. */
  readonly onLost: (workspaceIds: readonly string[], reason: ReplaceReason) => void;
}

/** Pause before a worker that died is started again; doubled each time until one of them finishes a task. */
const FIRST_RESPAWN_MS = 50;
const MAX_RESPAWN_MS = 10_000;

/** One worker thread that is replaced when it hangs or dies, and the tasks waiting for it. */
export class WorkerSlot {
  /** Workspaces whose instance lives here. */
  readonly workspaces = new Set<string>();
  private readonly jobs = new Map<number, Job>();
  private readonly queue = new TurnQueue<Item>();
  private worker: SandboxThread | undefined;
  private busy: { readonly job: Job; readonly sentAt: number; readonly watchdog: NodeJS.Timeout } | undefined;
  private spares = 0;
  private warming = false;
  private nextId = 1;
  private closed = false;
  private failures = 0;
  private respawn: NodeJS.Timeout | undefined;

  constructor(private readonly options: WorkerSlotOptions) {
    this.worker = this.start();
  }

  get spareInstances(): number {
    return this.spares;
  }

  /** Whether a task runs or waits here. */
  get load(): number {
    return this.queue.length + (this.busy ? 1 : 0);
  }

  /** @param image required if the workspace is not loaded here */
  run(workspaceId: string, task: Task, image: WorkspaceImage | undefined, caller: TaskCaller): Promise<TaskEnd> {
    this.workspaces.add(workspaceId);
    return new Promise((resolve) => {
      const job: Job = { id: this.nextId++, workspaceId, caller, resolve, started: false, waitingSince: undefined };
      this.jobs.set(job.id, job);
      this.enqueue({ job, request: { type: "run", id: job.id, workspaceId, task, image } });
    });
  }

  /** Frees the instance. Its task ends as lost, even if it runs; the worker's later answer is ignored. */
  dispose(workspaceId: string): void {
    this.workspaces.delete(workspaceId);
    this.queue.keep(({ job }) => job.workspaceId !== workspaceId);
    for (const job of [...this.jobs.values()]) {
      if (job.workspaceId === workspaceId) this.lose(job);
    }
    this.send({ type: "dispose", workspaceId });
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.busy?.watchdog);
    clearTimeout(this.respawn);
    for (const job of [...this.jobs.values()]) this.lose(job);
    await this.worker?.terminate();
  }

  private start(): SandboxThread {
    const worker = this.options.takeThread();
    worker.attach(
      (message) => {
        if (worker === this.worker) this.receive(message);
      },
      () => this.replace(worker, "crash"),
    );
    return worker;
  }

  private receive(message: WorkerReply): void {
    switch (message.type) {
      case "ready":
        break;
      case "warmed":
        this.warming = false;
        this.spares += 1;
        break;
      case "waiting":
        this.wait(message.id, message.calls);
        break;
      case "result": {
        const { id, outcome, change, resumeMs } = message;
        this.leave(id);
        const job = this.jobs.get(id);
        this.failures = 0;
        if (outcome.reset && job) this.workspaces.delete(job.workspaceId);
        if (job) this.jobs.delete(job.id);
        job?.resolve({ type: "done", outcome, change, resumeMs });
        break;
      }
    }
    this.next();
  }

  private wait(id: number, calls: readonly HostCall[]): void {
    const job = this.leave(id);
    if (!job) return;
    job.waitingSince ??= performance.now();
    for (const call of calls) {
      void job.caller.onCall(job.waitingSince, call).then((answer) => {
        if (!this.jobs.has(job.id)) return;
        const { workspaceId } = job;
        this.enqueue({ job, request: { type: "settle", id, workspaceId, call: call.call, answer } });
      });
    }
  }

  /** The worker is free again. */
  private leave(id: number): Job | undefined {
    if (this.busy?.job.id !== id) return undefined;
    const { job, watchdog } = this.busy;
    clearTimeout(watchdog);
    this.busy = undefined;
    return this.jobs.has(id) ? job : undefined;
  }

  private enqueue(item: Item): void {
    this.queue.push(item.job.caller.tenantId, item);
    this.next();
  }

  private send(request: WorkerRequest): void {
    this.worker?.send(request);
  }

  private next(): void {
    const { worker } = this;
    if (this.busy || this.closed || !worker?.isReady) return;
    const item = this.queue.shift();
    if (!item) return this.warm();
    const { job, request } = item;
    if (request.type === "run" && request.image && this.spares > 0) this.spares -= 1;
    job.started = true;
    const watchdog = setTimeout(() => this.replace(worker, "watchdog"), this.options.timeoutMs * 2);
    this.busy = { job, sentAt: performance.now(), watchdog };
    this.send(request);
  }

  /** One at a time, and only while nothing else waits, because a start takes milliseconds. */
  private warm(): void {
    if (this.warming || this.spares >= this.options.spares) return;
    this.warming = true;
    this.send({ type: "warm" });
  }

  private lose(job: Job): void {
    this.jobs.delete(job.id);
    job.resolve({ type: "lost", started: job.started });
  }

  /** The task that hung ends as a timeout; all others are lost with their instances. */
  private replace(worker: SandboxThread, reason: ReplaceReason): void {
    if (this.closed || worker !== this.worker) return;
    this.worker = undefined;
    [this.spares, this.warming] = [0, false];
    void worker.terminate();
    const culprit = this.busy;
    clearTimeout(culprit?.watchdog);
    this.busy = undefined;
    this.queue.clear();
    const lostWorkspaces = [...this.workspaces];
    this.workspaces.clear();
    // A worker that was killed because it hung worked well before. One that dies on its own may die again at once.
    const delayMs = reason === "watchdog" ? 0 : Math.min(MAX_RESPAWN_MS, FIRST_RESPAWN_MS * 2 ** this.failures++);
    if (delayMs === 0) this.revive();
    else this.respawn = setTimeout(() => this.revive(), delayMs);
    this.options.onLost(lostWorkspaces, reason);
    if (culprit && this.jobs.delete(culprit.job.id)) {
      const outcome = endOf(reason, performance.now() - culprit.sentAt);
      culprit.job.resolve({ type: "done", outcome, change: undefined, resumeMs: 0 });
    }
    for (const job of [...this.jobs.values()]) this.lose(job);
  }

  private revive(): void {
    this.worker = this.start();
    this.next();
  }
}

function endOf(reason: ReplaceReason, durationMs: number): ExecutionOutcome {
  if (reason === "crash") {
    const message = "The sandbox's worker ended while the code ran";
    return failedOutcome({ code: "sandbox_crashed", name: "SandboxError", message, stack: "" }, durationMs, true);
  }
  const message = "The code could not be interrupted and was stopped";
  return failedOutcome({ code: "timeout", name: "TimeoutError", message, stack: "" }, durationMs, true);
}
