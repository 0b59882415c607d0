import { randomUUID } from "node:crypto";
import { type Logger, ServiceError } from "@nexus/service";
import type { PoolOutcome, SandboxPool } from "../sandbox/pool";
import type { PodStore } from "../store/pod-store";
import type { HeldWorkspace, WorkspaceRow, WorkspaceStore } from "../store/workspace-store";

interface Held {
  readonly tenantId: string;
  readonly epoch: number;
  memoryBytes: number;
  lastActive: number;
  running: number;
}

export interface HolderOptions {
  readonly workspaces: WorkspaceStore;
  readonly pods: PodStore;
  readonly pool: SandboxPool;
  readonly log: Logger;
  readonly capacity: number;
  readonly idleTimeoutMs: number;
  readonly leaseMs: number;
}

/** The workspaces this pod owns, as long as its lease on them holds. */
export class WorkspaceHolder {
  private readonly held = new Map<string, Held>();
  /** Places promised to claims that are still on their way to the database. */
  private pending = 0;
  private closing = false;
  private renewedAt = performance.now();

  constructor(private readonly options: HolderOptions) {}

  get active(): number {
    return this.held.size;
  }

  get hasRoom(): boolean {
    return !this.closing && this.held.size + this.pending < this.options.capacity;
  }

  /** Whether an execution for this tenant may run here without asking the database. */
  holds(id: string, tenantId: string): boolean {
    const leaseValid = performance.now() - this.renewedAt < this.options.leaseMs;
    return leaseValid && this.held.get(id)?.tenantId === tenantId;
  }

  /** Makes a workspace and takes it; undefined when this pod is full. */
  async create(tenantId: string, name: string): Promise<WorkspaceRow | undefined> {
    return await this.reserve(async () => {
      const row = await this.options.workspaces.insert(randomUUID(), tenantId, name);
      this.hold(row.id, tenantId, row.epoch);
      return row;
    });
  }

  /** Takes a workspace nobody holds; false when this pod is full or another one was faster. */
  async claim(row: WorkspaceRow): Promise<boolean> {
    const claimed = await this.reserve(async () => {
      const epoch = await this.options.workspaces.claim(row.id, row.epoch);
      if (epoch === undefined) return undefined;
      const earlier = this.held.get(row.id);
      // Our own lease ran out, but nobody came in between: the variables are still the right ones.
      if (earlier?.epoch === row.epoch) {
        this.held.set(row.id, { ...earlier, epoch });
        return true;
      }
      this.drop(row.id);
      this.hold(row.id, row.tenantId, epoch);
      this.options.pool.markRestarted(row.id, "taken_over");
      this.options.log.info({ workspaceId: row.id, epoch, previousOwner: row.ownerPod }, "workspace taken over");
      return true;
    });
    return claimed ?? false;
  }

  async execute(id: string, code: string): Promise<PoolOutcome> {
    const held = this.held.get(id);
    if (!held) throw new ServiceError("owner_moved", { retryAfterSeconds: 1 });
    held.running += 1;
    try {
      const outcome = await this.options.pool.execute(id, code);
      if (!outcome) throw new ServiceError("workspace_busy", { retryAfterSeconds: 1 });
      held.memoryBytes = outcome.memoryBytes;
      return outcome;
    } finally {
      held.running -= 1;
      held.lastActive = performance.now();
    }
  }

  /** Numbers fresher than the last heartbeat. */
  overlay(row: WorkspaceRow): WorkspaceRow {
    const held = this.held.get(row.id);
    if (!held) return row;
    const idleMs = performance.now() - held.lastActive;
    return { ...row, memoryBytes: held.memoryBytes, lastActiveAt: new Date(Date.now() - idleMs) };
  }

  drop(id: string): void {
    if (this.held.delete(id)) this.options.pool.dispose(id);
  }

  /** Renews all leases, and lets go of what another pod took or somebody deleted. */
  async heartbeat(): Promise<void> {
    const { workspaces, pods, log, capacity } = this.options;
    const sentAt = performance.now();
    const sent: HeldWorkspace[] = [...this.held].map(([id, { epoch, memoryBytes, lastActive, running }]) => {
      return { id, epoch, memoryBytes, idleMs: running > 0 ? 0 : sentAt - lastActive };
    });
    const own = await workspaces.renew(sent);
    for (const { id, epoch } of sent) {
      if (own.has(id) || this.held.get(id)?.epoch !== epoch) continue;
      log.warn({ workspaceId: id, epoch, reason: "lease_lost" }, "workspace unloaded");
      this.drop(id);
    }
    // Counted from before the statement: the database's lease can only end later than ours.
    this.renewedAt = sentAt;
    await pods.heartbeat(this.held.size, this.closing ? 0 : capacity);
  }

  /** Frees the places of workspaces that nobody used for the idle time (A13). */
  async unloadIdle(): Promise<void> {
    for (const [id, held] of this.held) {
      const idleMs = performance.now() - held.lastActive;
      if (held.running > 0 || idleMs < this.options.idleTimeoutMs) continue;
      this.drop(id);
      await this.options.workspaces.release(id, held.epoch);
      this.options.log.info({ workspaceId: id, reason: "idle", idleMs: Math.round(idleMs) }, "workspace unloaded");
    }
  }

  /** Gives everything up, so that other pods need not wait for leases to end. */
  async close(): Promise<void> {
    this.closing = true;
    for (const [id, { epoch }] of this.held) {
      await this.options.workspaces.release(id, epoch);
      this.drop(id);
    }
    await this.options.pods.remove();
  }

  private hold(id: string, tenantId: string, epoch: number): void {
    this.held.set(id, { tenantId, epoch, memoryBytes: 0, lastActive: performance.now(), running: 0 });
  }

  private async reserve<T>(take: () => Promise<T | undefined>): Promise<T | undefined> {
    if (!this.hasRoom) return undefined;
    this.pending += 1;
    try {
      return await take();
    } finally {
      this.pending -= 1;
    }
  }
}
