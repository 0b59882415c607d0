import { Worker } from "node:worker_threads";
import {
  type ExecutionOutcome,
  failedOutcome,
  type WorkerReply,
  type WorkerRequest,
  type WorkerSetup,
} from "./messages";

interface Job {
  readonly workspaceId: string;
  readonly code: string;
  readonly resolve: (outcome: ExecutionOutcome) => void;
}

interface RunningJob extends Job {
  readonly id: number;
  readonly startedAt: number;
  readonly watchdog: NodeJS.Timeout;
}

export interface WorkerSlotOptions {
  readonly workerFile: string;
  readonly setup: WorkerSetup;
  /** The worker had to be replaced: the instances of these workspaces are gone. */
  readonly onLost: (workspaceIds: readonly string[], reason: "watchdog" | "crash") => void;
}

/** Pause before a worker that died is started again; doubled each time until one of them finishes an execution. */
const FIRST_RESPAWN_MS = 50;
const MAX_RESPAWN_MS = 10_000;

/** One worker thread that is replaced when it hangs or dies, and the executions waiting for it. */
export class WorkerSlot {
  /** Workspaces whose instance lives here. */
  readonly workspaces = new Set<string>();
  /** Waiting executions by workspace; the first workspace is served next and then goes to the end. */
  private readonly queues = new Map<string, Job[]>();
  private worker: Worker | undefined;
  private running: RunningJob | undefined;
  private nextId = 1;
  private closed = false;
  private failures = 0;
  private respawn: NodeJS.Timeout | undefined;

  constructor(private readonly options: WorkerSlotOptions) {
    this.worker = this.start();
  }

  waiting(workspaceId: string): number {
    return (this.queues.get(workspaceId)?.length ?? 0) + (this.running?.workspaceId === workspaceId ? 1 : 0);
  }

  execute(workspaceId: string, code: string): Promise<ExecutionOutcome> {
    this.workspaces.add(workspaceId);
    return new Promise((resolve) => {
      const queue = this.queues.get(workspaceId) ?? [];
      queue.push({ workspaceId, code, resolve });
      this.queues.set(workspaceId, queue);
      this.next();
    });
  }

  /** Frees the instance; executions that still wait end as lost. */
  dispose(workspaceId: string): void {
    this.workspaces.delete(workspaceId);
    const waiting = this.queues.get(workspaceId) ?? [];
    this.queues.delete(workspaceId);
    for (const job of waiting) job.resolve(lost("The workspace was unloaded before the code ran"));
    this.send({ type: "dispose", workspaceId });
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.running?.watchdog);
    clearTimeout(this.respawn);
    await this.worker?.terminate();
  }

  private start(): Worker {
    const worker = new Worker(this.options.workerFile, { workerData: this.options.setup });
    worker.on("message", (message: WorkerReply) => {
      if (message.type === "result" && worker === this.worker) this.finish(message.id, message.outcome);
    });
    worker.on("error", () => this.replace(worker, "crash"));
    worker.on("exit", () => this.replace(worker, "crash"));
    return worker;
  }

  private revive(): void {
    this.worker = this.start();
    this.next();
  }

  private send(request: WorkerRequest): void {
    this.worker?.postMessage(request);
  }

  private next(): void {
    const { worker } = this;
    if (this.running || this.closed || !worker) return;
    const [first] = this.queues;
    if (!first) return;
    const [workspaceId, queue] = first;
    const job = queue.shift();
    this.queues.delete(workspaceId);
    if (queue.length > 0) this.queues.set(workspaceId, queue);
    if (!job) return this.next();
    const id = this.nextId++;
    const watchdog = setTimeout(() => this.replace(worker, "watchdog"), this.options.setup.limits.timeoutMs * 2);
    this.running = { ...job, id, startedAt: performance.now(), watchdog };
    this.send({ type: "execute", id, workspaceId, code: job.code });
  }

  private finish(id: number, outcome: ExecutionOutcome): void {
    const job = this.running;
    if (job?.id !== id) return;
    clearTimeout(job.watchdog);
    this.running = undefined;
    this.failures = 0;
    job.resolve(outcome);
    this.next();
  }

  /** The execution that hung ends as a timeout, all that wait end as lost: they count on variables that are gone. */
  private replace(worker: Worker, reason: "watchdog" | "crash"): void {
    if (this.closed || worker !== this.worker) return;
    this.worker = undefined;
    void worker.terminate();
    // A worker that hung did its work until then; one that dies on its own may do so again at once.
    const delayMs = reason === "watchdog" ? 0 : Math.min(MAX_RESPAWN_MS, FIRST_RESPAWN_MS * 2 ** this.failures++);
    if (delayMs === 0) this.worker = this.start();
    else this.respawn = setTimeout(() => this.revive(), delayMs);
    const lostWorkspaces = [...this.workspaces];
    this.workspaces.clear();
    this.options.onLost(lostWorkspaces, reason);
    const job = this.running;
    clearTimeout(job?.watchdog);
    this.running = undefined;
    job?.resolve(endOf(job, reason));
    for (const queue of this.queues.values()) {
      for (const waiting of queue)
        waiting.resolve(lost("A neighbour in the same worker had to be stopped; run it again"));
    }
    this.queues.clear();
  }
}

function lost(message: string): ExecutionOutcome {
  return failedOutcome({ code: "workspace_lost", name: "WorkspaceLostError", message, stack: "" }, 0, true);
}

function endOf(job: RunningJob, reason: "watchdog" | "crash"): ExecutionOutcome {
  const durationMs = performance.now() - job.startedAt;
  if (reason === "crash") {
    const message = "The sandbox's worker ended while the code ran; the workspace starts empty";
    return failedOutcome({ code: "sandbox_crashed", name: "SandboxError", message, stack: "" }, durationMs, true);
  }
  const message = "The code could not be interrupted and was stopped; the workspace starts empty";
  return failedOutcome({ code: "timeout", name: "TimeoutError", message, stack: "" }, durationMs, true);
}
