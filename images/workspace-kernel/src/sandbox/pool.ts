import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { SandboxLimits, Task, WorkspaceImage } from "./messages";
import { SandboxThread } from "./thread";
import { type ReplaceReason, type TaskCaller, type TaskEnd, WorkerSlot } from "./worker-slot";

export interface SandboxPoolOptions {
  /** The bundled worker.js. */
  readonly workerFile: string;
  /** The QuickJS .wasm file. */
  readonly wasmFile: string;
  /** Worker threads; an endless loop blocks one of them for TIMEOUT_MS. */
  readonly workers: number;
  /** Instances kept ready for new workspaces, in all workers together. @default 0 */
  readonly spares?: number;
  /** Milliseconds between the start of a thread and that of a spare one. @default 200 */
  readonly standbyDelayMs?: number;
  readonly limits: SandboxLimits;
  /** A worker failed; it is replaced. */
  readonly onWorkerError?: (error: unknown) => void;
  readonly onWorkerReplaced?: (reason: ReplaceReason, lostWorkspaces: number) => void;
}

/** Delayed, so that the thread that is needed now starts first. */
const STANDBY_DELAY_MS = 200;

/** Sandbox instances of this pod, spread over worker threads. */
export class SandboxPool {
  private readonly slots: readonly WorkerSlot[];
  /** A spare thread. If code hangs, the other workspaces of its worker continue on it at once. */
  private standby: SandboxThread | undefined;
  private standbyTimer: NodeJS.Timeout | undefined;
  /** Identifies the build of the sandbox. Known as soon as a worker is ready. */
  readonly buildId: Promise<string>;

  static async create(options: SandboxPoolOptions): Promise<SandboxPool> {
    const bytes = await readFile(options.wasmFile);
    const wasmHash = createHash("sha256").update(bytes).digest("hex");
    return new SandboxPool(options, await WebAssembly.compile(bytes), wasmHash);
  }

  private constructor(options: SandboxPoolOptions, wasmModule: WebAssembly.Module, wasmHash: string) {
    const { promise, resolve } = deferred<string>();
    this.buildId = promise;
    const setup = { wasmModule, wasmHash, limits: options.limits };
    const start = () =>
      new SandboxThread(options.workerFile, setup, resolve, (error) => options.onWorkerError?.(error));
    const takeThread = () => {
      const ahead = this.standby?.isDead ? undefined : this.standby;
      this.standby = undefined;
      clearTimeout(this.standbyTimer);
      this.standbyTimer = setTimeout(() => {
        this.standby = start();
      }, options.standbyDelayMs ?? STANDBY_DELAY_MS).unref();
      return ahead ?? start();
    };
    this.slots = Array.from({ length: options.workers }, () => {
      return new WorkerSlot({
        timeoutMs: options.limits.timeoutMs,
        takeThread,
        spares: Math.ceil((options.spares ?? 0) / options.workers),
        onLost: (workspaceIds, reason) => options.onWorkerReplaced?.(reason, workspaceIds.length),
      });
    });
  }

  get workers(): number {
    return this.slots.length;
  }

  /** Workspaces with an instance in memory. */
  get loaded(): number {
    return this.slots.reduce((sum, slot) => sum + slot.workspaces.size, 0);
  }

  get spares(): number {
    return this.slots.reduce((sum, slot) => sum + slot.spareInstances, 0);
  }

  isLoaded(workspaceId: string): boolean {
    return this.slots.some((slot) => slot.workspaces.has(workspaceId));
  }

  /**
   * Runs a task, one at a time per workspace. If several wait for the same worker, tenants take turns.
   * @param image required if the workspace is not loaded
   */
  async run(workspaceId: string, task: Task, image: WorkspaceImage | undefined, caller: TaskCaller): Promise<TaskEnd> {
    return await this.slotOf(workspaceId).run(workspaceId, task, image, caller);
  }

  dispose(workspaceId: string): void {
    this.slots.find((slot) => slot.workspaces.has(workspaceId))?.dispose(workspaceId);
  }

  async close(): Promise<void> {
    clearTimeout(this.standbyTimer);
    await Promise.all([...this.slots.map((slot) => slot.close()), this.standby?.terminate()]);
  }

  private slotOf(workspaceId: string): WorkerSlot {
    const existing = this.slots.find((slot) => slot.workspaces.has(workspaceId));
    if (existing) return existing;
    const cost = (slot: WorkerSlot) => slot.workspaces.size + slot.load * 10;
    return this.slots.reduce((least, slot) => (cost(slot) < cost(least) ? slot : least));
  }
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
