import { Worker } from "node:worker_threads";
import { lowerPriority, type ThreadTimes, threadTimes } from "./cpu-time";
import type { SandboxBuild, WorkerReply, WorkerRequest, WorkerSetup, WorkspaceImage } from "./messages";

/**
 * The engine checks the depth of its own stack, and the thread's must not be full before that: otherwise the engine is
 * left in the middle of its work. With 4 MiB, the default, it was; only used pages take memory.
 */
const STACK_MB = 16;

/** One worker thread of sandboxes, from its start. It may be ready before it is used. */
export class SandboxThread {
  private readonly worker: Worker;
  private ready = false;
  private isLow = false;
  private systemThread: number | undefined;
  private dead = false;
  private onMessage: (message: WorkerReply) => void = () => undefined;
  private onDeath: () => void = () => undefined;

  constructor(
    workerFile: string,
    setup: WorkerSetup,
    onReady: (build: SandboxBuild) => void,
    onError: (error: unknown) => void,
  ) {
    const resourceLimits = { stackSizeMb: STACK_MB };
    this.worker = new Worker(workerFile, { workerData: setup, execArgv: [], resourceLimits });
    this.worker.on("message", (message: WorkerReply) => {
      if (message.type === "ready") {
        this.ready = true;
        this.systemThread = message.thread;
        if (this.isLow) this.lowerPriority();
        onReady(message.build);
      }
      this.onMessage(message);
    });
    // "exit" also follows an error, and the termination of a worker whose message cannot be read.
    this.worker.on("error", onError);
    this.worker.on("messageerror", (error) => {
      onError(error);
      void this.worker.terminate();
    });
    this.worker.on("exit", () => this.die());
  }

  get isReady(): boolean {
    return this.ready;
  }

  get isDead(): boolean {
    return this.dead;
  }

  attach(onMessage: (message: WorkerReply) => void, onDeath: () => void): void {
    [this.onMessage, this.onDeath] = [onMessage, onDeath];
  }

  /** Where the system does not tell its times, those of a clock. */
  get times(): ThreadTimes {
    const known = this.systemThread === undefined ? undefined : threadTimes(this.systemThread);
    const now = performance.now();
    return known ?? { cpuMs: now, activeMs: now };
  }

  /** Lets the others go first from now on. */
  lowerPriority(): void {
    this.isLow = true;
    if (this.systemThread !== undefined) lowerPriority(this.systemThread);
  }

  send(request: WorkerRequest): void {
    this.worker.postMessage(request, request.type === "run" ? buffersOf(request.image) : []);
  }

  async terminate(): Promise<void> {
    await this.worker.terminate();
  }

  private die(): void {
    if (this.dead) return;
    this.dead = true;
    this.onDeath();
  }
}

/** Buffers that are moved to the worker: copying megabytes would block the server's thread. */
function buffersOf(image: WorkspaceImage | undefined): ArrayBuffer[] {
  return (image?.segments ?? []).map(({ buffer }) => buffer as ArrayBuffer);
}
