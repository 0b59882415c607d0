import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { InstanceMemory } from "./instance-memory";
import { cancelAll, type EndReason, type Job, type TaskCaller, type TaskEnd } from "./job";
import type { SandboxBuild, SandboxLimits, Task } from "./messages";
import { TenantUsage } from "./tenant-usage";
import { SandboxThread } from "./thread";
import { WorkerSlot } from "./worker-slot";

export interface SandboxPoolOptions {
  /** The bundled worker.js. */
  readonly workerFile: string;
  /** The QuickJS .wasm file. */
  readonly wasmFile: string;
  /** Worker threads for short code. Tenants whose code runs long share as many separate threads. */
  readonly workers: number;
  /** Instances kept ready for new workspaces, in all workers together. @default 0 */
  readonly spares?: number;
  /** Maximum number of instances in memory; beyond it, the least recently used idle ones are unloaded. @default none */
  readonly maxInstances?: number;
  /** Maximum memory of all instances and their copies in bytes. @default none */
  readonly maxBytes?: number;
  /** How long after the start of a thread another one starts ahead, in milliseconds. @default 200 */
  readonly standbyDelayMs?: number;
  readonly limits: SandboxLimits;
  /** A worker failed; it is replaced. */
  readonly onWorkerError?: (error: unknown) => void;
  /** A thread was replaced; this many instances must be loaded again. */
  readonly onWorkerReplaced?: (reason: EndReason | "long", lostWorkspaces: number) => void;
}

/** Delayed, so that the thread that is needed now starts first. */
const STANDBY_DELAY_MS = 200;
/** A tenant whose code ran long uses separate threads until this time after the last such code. */
const APART_MS = 60_000;
/** Maximum number of threads that only finish long code and take no further jobs. */
const MAX_LEFT_THREADS = 4;

/** Maximum number of threads of a pool: for short code, for separate tenants, for long code, and a spare one. */
export const mostThreads = (workers: number): number => workers * 2 + MAX_LEFT_THREADS + 1;

/**
 * Sandbox instances of this pod, spread over worker threads. Code that runs long while others wait keeps its thread, and
 * the others get a new one. Its tenant then uses separate threads for a while. So a tenant waits for a short slice of
 * another tenant's code, never for a whole loop.
 */
export class SandboxPool {
  /** For tenants with short code. */
  private readonly quick: readonly WorkerSlot[];
  /** For the other tenants; created when needed. */
  private slow: readonly WorkerSlot[] = [];
  /** Slots that only finish their code. */
  private readonly left = new Set<WorkerSlot>();
  /** Time until which a tenant uses the separate threads. */
  private readonly apart = new Map<string, number>();
  readonly usage = new TenantUsage();
  private readonly memory: InstanceMemory;
  /** Started ahead, so that neighbours of code that hung go on at once. */
  private standby: SandboxThread | undefined;
  private standbyTimer: NodeJS.Timeout | undefined;
  private makingRoom: NodeJS.Immediate | undefined;
  private nextId = 1;
  /** Known as soon as a worker is ready. */
  readonly build: Promise<SandboxBuild>;

  static async create(options: SandboxPoolOptions): Promise<SandboxPool> {
    const bytes = await readFile(options.wasmFile);
    const wasmHash = createHash("sha256").update(bytes).digest("hex");
    return new SandboxPool(options, await WebAssembly.compile(bytes), wasmHash);
  }

  private constructor(
    private readonly options: SandboxPoolOptions,
    wasmModule: WebAssembly.Module,
    wasmHash: string,
  ) {
    const { promise, resolve } = deferred<SandboxBuild>();
    this.build = promise;
    const { limits, workers, spares = 0, workerFile, maxInstances = Infinity, maxBytes = Infinity } = options;
    this.memory = new InstanceMemory({
      maxInstances,
      maxBytes,
      limitBytes: limits.memoryBytes,
      unload: (workspaceId) => this.slots.forEach((slot) => slot.unload(workspaceId)),
      onRoom: () => setImmediate(() => this.slots.forEach((slot) => slot.next())),
    });
    const setup = { wasmModule, wasmHash, limits };
    const start = () => new SandboxThread(workerFile, setup, resolve, (error) => options.onWorkerError?.(error));
    this.takeThread = () => {
      const ahead = this.standby?.isDead ? undefined : this.standby;
      this.standby = undefined;
      clearTimeout(this.standbyTimer);
      this.standbyTimer = setTimeout(() => {
        this.standby = start();
      }, options.standbyDelayMs ?? STANDBY_DELAY_MS).unref();
      return ahead ?? start();
    };
    this.quick = Array.from({ length: workers }, () => {
      const slot: WorkerSlot = this.startSlot(Math.ceil(spares / workers), () => this.leaveAlone(slot));
      return slot;
    });
  }

  private readonly takeThread: () => SandboxThread;

  get workers(): number {
    return this.quick.length;
  }

  /** Workspaces with an instance in memory. */
  get loaded(): number {
    return this.slots.reduce((sum, slot) => sum + slot.loaded.size, 0);
  }

  get spares(): number {
    return this.quick.reduce((sum, slot) => sum + slot.spareInstances, 0);
  }

  /** Runs a task, one at a time per workspace. The waiting tenant with the least recent running time goes first. */
  run(workspaceId: string, task: Task, caller: TaskCaller): Promise<TaskEnd> {
    return new Promise((resolve, reject) => {
      const state = {
        calls: new Map<number, AbortController>(),
        fetching: false,
        image: undefined,
        begun: false,
        resumed: false,
        waitingSince: undefined,
        wake: undefined,
        ranMs: 0,
        settle: () => undefined,
      };
      const end = (ended: TaskEnd) => {
        cancelAll(job);
        resolve(ended);
      };
      const job: Job = { id: this.nextId++, workspaceId, task, caller, resolve: end, reject, ...state };
      this.place(job);
    });
  }

  /** The changes of the last task are durable. */
  rest(workspaceId: string, memoryBytes: number): void {
    this.memory.rest(workspaceId, memoryBytes);
  }

  dispose(workspaceId: string): void {
    for (const slot of this.slots) if (slot.has(workspaceId)) slot.dispose(workspaceId);
  }

  async close(): Promise<void> {
    clearTimeout(this.standbyTimer);
    await Promise.all([...this.slots.map((slot) => slot.close()), this.standby?.terminate()]);
  }

  private get slots(): readonly WorkerSlot[] {
    return [...this.quick, ...this.slow, ...this.left];
  }

  private startSlot(spares: number, onLong?: () => void): WorkerSlot {
    const { limits, onWorkerReplaced } = this.options;
    return new WorkerSlot({
      timeoutMs: limits.timeoutMs,
      spares,
      onLong,
      takeThread: this.takeThread,
      usage: this.usage,
      memory: this.memory,
      admit: ({ workspaceId }) =>
        onLong ? this.admitQuick(workspaceId) : this.memory.admit(workspaceId, this.workers),
      onRanLong: ({ caller: { tenantId } }) => {
        if (this.isApart(tenantId)) this.setApart(tenantId);
      },
      onPlace: (job) => this.place(job),
      onLost: (workspaceIds, reason, culprit) => {
        onWorkerReplaced?.(reason, workspaceIds.length);
        if (reason !== "watchdog" || !culprit) return;
        // Its code took the thread for longer than code may run, so its tenant goes last.
        this.usage.add(culprit.caller.tenantId, limits.timeoutMs);
        this.setApart(culprit.caller.tenantId);
      },
    });
  }

  private place(job: Job): void {
    const { workspaceId, caller } = job;
    const slots = this.isApart(caller.tenantId) ? this.slowSlots() : this.quick;
    const cost = (slot: WorkerSlot) => slot.loaded.size + slot.load * 10;
    const home = this.slots.find((slot) => slot.has(workspaceId));
    const slot =
      slots.find((one) => one === home) ?? slots.reduce((least, one) => (cost(one) < cost(least) ? one : least));
    if (home !== slot) home?.unload(workspaceId);
    slot.place(job);
  }

  private slowSlots(): readonly WorkerSlot[] {
    if (this.slow.length === 0) this.slow = this.quick.map(() => this.startSlot(0));
    return this.slow;
  }

  private isApart(tenantId: string): boolean {
    return (this.apart.get(tenantId) ?? 0) > performance.now();
  }

  /** The tenant's code runs in separate threads from now on, including jobs that already wait. */
  private setApart(tenantId: string): void {
    const now = performance.now();
    for (const [other, until] of this.apart) if (until <= now) this.apart.delete(other);
    this.apart.set(tenantId, now + APART_MS);
    for (const slot of this.quick) for (const job of slot.withdraw(tenantId)) this.place(job);
  }

  /** Leaves long code alone with its thread. If there are too many such threads, the tenant that ran most begins again. */
  private leaveAlone(slot: WorkerSlot): void {
    const tenantId = slot.tenantId ?? "";
    this.setApart(tenantId);
    if (this.left.size >= MAX_LEFT_THREADS && this.stopMost([...this.left, slot]) === slot) return;
    const lost = slot.loaded.size;
    const left: WorkerSlot = slot.detach(() => this.left.delete(left));
    this.left.add(left);
    left.endIfEmpty();
    this.options.onWorkerReplaced?.("long", lost);
  }

  /** Admits short code; without memory for it, long code is stopped. */
  private admitQuick(workspaceId: string): boolean {
    if (this.memory.admit(workspaceId)) return true;
    this.makingRoom ??= setImmediate(() => {
      this.makingRoom = undefined;
      this.stopMost([...this.left, ...this.slow].filter(({ isBusy }) => isBusy));
    });
    return false;
  }

  /** Stops the code whose tenant ran most; it begins again later. */
  private stopMost(slots: readonly WorkerSlot[]): WorkerSlot | undefined {
    const used = (one: WorkerSlot) => this.usage.of(one.tenantId ?? "");
    const [most] = slots.toSorted((a, b) => used(b) - used(a));
    most?.stop("crowded");
    return most;
  }
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
