import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { InstanceMemory } from "./instance-memory";
import type { EndReason, Job, TaskCaller, TaskEnd } from "./job";
import type { SandboxLimits, Task } from "./messages";
import { TenantUsage } from "./tenant-usage";
import { SandboxThread } from "./thread";
import { WorkerSlot } from "./worker-slot";

export interface SandboxPoolOptions {
  /** The bundled worker.js. */
  readonly workerFile: string;
  /** The QuickJS .wasm file. */
  readonly wasmFile: string;
  /** Worker threads for code that ends soon; there are as many again for tenants whose code does not. */
  readonly workers: number;
  /** Instances kept ready for new workspaces, in all workers together. @default 0 */
  readonly spares?: number;
  /** Instances in memory at one time; beyond it those at rest are unloaded that were used least recently. @default all */
  readonly maxInstances?: number;
  /** Memory of all instances and of the copies that are made of them. @default all there is */
  readonly maxBytes?: number;
  /** How long after the start of a thread another one starts ahead, in milliseconds. @default 200 */
  readonly standbyDelayMs?: number;
  readonly limits: SandboxLimits;
  /** A worker failed; it is replaced. */
  readonly onWorkerError?: (error: unknown) => void;
  /** A thread was given up, with this many instances that have to be loaded again. */
  readonly onWorkerReplaced?: (reason: EndReason | "long", lostWorkspaces: number) => void;
}

/** Delayed, so that the thread that is needed now starts first. */
const STANDBY_DELAY_MS = 200;
/** How long a tenant whose code held others up runs apart from them, from the last time on. */
const APART_MS = 60_000;
/** Threads left to code that runs long, beside those that serve tenants. */
const MAX_LEFT_THREADS = 4;

/** Threads of a pool at one time: for all tenants, for those apart, left to long code, and one ahead. */
export const mostThreads = (workers: number): number => workers * 2 + MAX_LEFT_THREADS + 1;

/**
 * Sandbox instances of this pod, spread over worker threads. Code that holds others up goes on in a thread that is left to
 * it, and its tenant has its turns in threads for such code for a while: whoever waits, waits for a slice and not for a loop.
 */
export class SandboxPool {
  /** Serve tenants whose code ends soon. */
  private readonly quick: readonly WorkerSlot[];
  /** Serve the other tenants; made when they are needed. */
  private slow: readonly WorkerSlot[] = [];
  /** Threads left to the code that runs in them. */
  private readonly left = new Set<WorkerSlot>();
  /** Until when a tenant is served apart. */
  private readonly apart = new Map<string, number>();
  readonly usage = new TenantUsage();
  private readonly memory: InstanceMemory;
  /** Started ahead, so that neighbours of code that hung go on at once. */
  private standby: SandboxThread | undefined;
  private standbyTimer: NodeJS.Timeout | undefined;
  private makingRoom: NodeJS.Immediate | undefined;
  private nextId = 1;
  /** Names the build of the sandbox; known as soon as a worker is ready. */
  readonly buildId: Promise<string>;

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
    const { promise, resolve } = deferred<string>();
    this.buildId = promise;
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

  /** Runs a task; one at a time per workspace. Where several wait for the same thread, the tenant goes first that ran least. */
  run(workspaceId: string, task: Task, caller: TaskCaller): Promise<TaskEnd> {
    return new Promise((resolve, reject) => {
      const state = {
        fetching: false,
        image: undefined,
        begun: false,
        resumed: false,
        waitingSince: undefined,
        settle: () => undefined,
      };
      this.place({ id: this.nextId++, workspaceId, task, caller, resolve, reject, ...state });
    });
  }

  /** What the last task changed is durable. */
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
        // It had the thread for longer than code may run, and it waits for that.
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

  /** The tenant's code runs apart from that of others from now on, also what waits already. */
  private setApart(tenantId: string): void {
    const now = performance.now();
    for (const [other, until] of this.apart) if (until <= now) this.apart.delete(other);
    this.apart.set(tenantId, now + APART_MS);
    for (const slot of this.quick) for (const job of slot.withdraw(tenantId)) this.place(job);
  }

  /** Code runs long while others wait. Where too many do so, that of the tenant who ran most begins anew later. */
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

  /** Code that runs long gives its memory to code that ends soon. */
  private admitQuick(workspaceId: string): boolean {
    if (this.memory.admit(workspaceId)) return true;
    this.makingRoom ??= setImmediate(() => {
      this.makingRoom = undefined;
      this.stopMost([...this.left, ...this.slow].filter(({ isBusy }) => isBusy));
    });
    return false;
  }

  /** Stops the code whose tenant ran most; it begins anew later. */
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
