import { readFile } from "node:fs/promises";
import type { ExecutionOutcome, RestartReason, SandboxLimits } from "./messages";
import { WorkerSlot } from "./worker-slot";

export interface SandboxPoolOptions {
  /** The bundled worker.js. */
  readonly workerFile: string;
  /** The QuickJS .wasm file. */
  readonly wasmFile: string;
  /** Worker threads; an endless loop takes one of them for TIMEOUT_MS. */
  readonly workers: number;
  readonly limits: SandboxLimits;
  readonly onWorkerReplaced?: (reason: "watchdog" | "crash", lostWorkspaces: number) => void;
}

export interface PoolOutcome extends ExecutionOutcome {
  /** Why earlier variables are gone, on the first execution after that. */
  readonly restart?: RestartReason;
}

/** Executions of one workspace that may wait; more means that a client does not wait for answers. */
const MAX_WAITING = 16;

/** Sandbox instances of this pod, spread over worker threads. */
export class SandboxPool {
  private readonly slots: readonly WorkerSlot[];
  private readonly restarts = new Map<string, RestartReason>();

  static async create(options: SandboxPoolOptions): Promise<SandboxPool> {
    return new SandboxPool(options, await WebAssembly.compile(await readFile(options.wasmFile)));
  }

  private constructor(options: SandboxPoolOptions, wasmModule: WebAssembly.Module) {
    this.slots = Array.from({ length: options.workers }, () => {
      return new WorkerSlot({
        workerFile: options.workerFile,
        setup: { wasmModule, limits: options.limits },
        onLost: (workspaceIds, reason) => {
          for (const id of workspaceIds) this.restarts.set(id, "workspace_lost");
          options.onWorkerReplaced?.(reason, workspaceIds.length);
        },
      });
    });
  }

  get workers(): number {
    return this.slots.length;
  }

  /** Undefined when too many executions of this workspace wait already. */
  async execute(workspaceId: string, code: string): Promise<PoolOutcome | undefined> {
    const slot = this.slotOf(workspaceId);
    if (slot.waiting(workspaceId) >= MAX_WAITING) return undefined;
    const outcome = await slot.execute(workspaceId, code);
    if (outcome.error?.code === "workspace_lost") return outcome;
    if (outcome.reset) return { ...outcome, restart: "sandbox_reset" };
    const restart = this.restarts.get(workspaceId);
    this.restarts.delete(workspaceId);
    return restart ? { ...outcome, restart } : outcome;
  }

  /** The next execution of the workspace will say that it began empty, and why. */
  markRestarted(workspaceId: string, reason: RestartReason): void {
    this.restarts.set(workspaceId, reason);
  }

  dispose(workspaceId: string): void {
    this.restarts.delete(workspaceId);
    this.slots.find((slot) => slot.workspaces.has(workspaceId))?.dispose(workspaceId);
  }

  async close(): Promise<void> {
    await Promise.all(this.slots.map((slot) => slot.close()));
  }

  private slotOf(workspaceId: string): WorkerSlot {
    const existing = this.slots.find((slot) => slot.workspaces.has(workspaceId));
    if (existing) return existing;
    return this.slots.reduce((least, slot) => (slot.workspaces.size < least.workspaces.size ? slot : least));
  }
}
