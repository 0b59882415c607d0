import { type Principal, type Room, ServiceError } from "@nexus/service";
import type { Task } from "../sandbox/messages";
import type { IdempotencyKey, StoredAnswer } from "../store/idempotency-store";
import { earlierAnswer, once, type OnceAnswer } from "../store/once";
import type { TransactionStores } from "../store/stores";
import type { NewWorkspace, StopReason, WorkspaceRow } from "../store/workspace-store";
import { type Execution, type ExecutorOptions, UNLIMITED, WorkspaceExecutor } from "./executor";
import { Gate } from "./gate";
import { Held, type HeldChange, NotHeldError } from "./held";
import type { WorkspaceEvent } from "./hub";
import { Places } from "./places";
import { Unloading, type UnloadingOptions } from "./unloading";

export interface HolderOptions extends ExecutorOptions, UnloadingOptions {
  readonly capacity: number;
  readonly leaseMs: number;
}

/** The workspaces that this pod owns, while its leases on them are valid. */
export class WorkspaceHolder {
  private readonly held = new Map<string, Held>();
  /** Claims that wait for the database, by workspace. */
  private readonly claims = new Map<string, Promise<boolean>>();
  private draining = false;
  private renewedAt = performance.now();

  private readonly executor: WorkspaceExecutor;
  private readonly places: Places;
  private readonly gate: Gate;
  private readonly unloading: Unloading;

  constructor(private readonly options: HolderOptions) {
    const { capacity, pool } = options;
    this.executor = new WorkspaceExecutor(options, this.held);
    this.gate = new Gate(capacity, pool.usage);
    this.unloading = new Unloading(this.held, options, (id, event) => this.drop(id, event));
    const free = (id: string, held: Held) => this.unloading.giveUp(id, held, "idle");
    const isUsed = (id: string) => this.gate.isIn(id);
    this.places = new Places(this.held, { capacity, usage: pool.usage, isUsed, free });
  }

  get active(): number {
    return this.held.size;
  }

  /** Panels of the workspaces that were used since this pod took them. */
  get panels(): number {
    return [...this.held.values()].reduce((sum, { panels }) => sum + panels, 0);
  }

  get tenants(): number {
    return new Set([...this.held.values()].map(({ tenantId }) => tenantId)).size;
  }

  get isDraining(): boolean {
    return this.draining;
  }

  get hasRoom(): boolean {
    return !this.draining && this.places.hasFree;
  }

  /** Whether a workspace can be claimed without waiting: a place is free, or an idle workspace can be unloaded. */
  get canTake(): boolean {
    return !this.draining && this.places.canTake;
  }

  /** Whether a request for a workspace would wait here for another one, for a place or for its tenant's turn. */
  mustWait(id: string, tenantId: string): boolean {
    return (this.held.get(id)?.busy ?? !this.places.hasFree) || this.gate.mustWait(id, tenantId);
  }

  /**
   * Waits until a request may use its workspace, within the share of its tenant.
   * @returns to be called when the request is done
   */
  async enter(id: string, tenantId: string): Promise<() => void> {
    const leave = await this.gate.enter(id, tenantId);
    return () => {
      leave();
      this.places.look();
    };
  }

  has(id: string): boolean {
    return this.held.has(id);
  }

  /** Whether a request of this tenant may run here without asking the database. */
  holds(id: string, tenantId: string): boolean {
    const leaseValid = performance.now() - this.renewedAt < this.options.leaseMs;
    const held = this.held.get(id);
    return leaseValid && !this.draining && held?.tenantId === tenantId && !held.givesWay;
  }

  /** Creates a workspace and claims it. If all places are in use, it waits for one. */
  async create(
    { tenantId, userId }: Principal,
    wanted: Pick<NewWorkspace, "name" | "most" | "mostActive">,
    key: IdempotencyKey | undefined,
    render: (row: WorkspaceRow) => unknown,
  ): Promise<OnceAnswer> {
    if (this.draining) throw new ServiceError("kernel_full", { retryAfterSeconds: 1 });
    return await this.places.use(tenantId, async () => {
      const { stores } = this.options;
      const made: WorkspaceRow[] = [];
      const insert = async ({ workspaces }: TransactionStores) => {
        const row = await workspaces.insert({ tenantId, ...wanted }, true);
        made.push(row);
        return { status: 201, body: render(row) };
      };
      const answer = key ? await once(stores, key, insert) : { ...(await insert(stores)), replayed: false };
      if (answer.replayed) return answer;
      for (const row of made) {
        this.held.set(row.id, new Held(row, true));
        this.options.log.info({ workspaceId: row.id, userId }, "Workspace created");
      }
      return answer;
    });
  }

  /**
   * Takes a workspace that nobody holds. False if this pod drains or another pod was faster, so that another look-up
   * helps. Only one claim runs at a time: a second one would take the workspace from the first, and discard what
   * already runs in it. @param mostActive how many workspaces its tenant may have active at once
   */
  async claim(row: WorkspaceRow, mostActive?: Room): Promise<boolean> {
    const earlier = this.claims.get(row.id);
    if (earlier) {
      await earlier.catch(() => undefined);
      return false;
    }
    // The row was read during a claim of ours, so it may be from before or after the claim.
    if (this.holds(row.id, row.tenantId) && row.epoch <= (this.held.get(row.id)?.epoch ?? 0)) return true;
    const claim = this.take(row, mostActive).finally(() => this.claims.delete(row.id));
    this.claims.set(row.id, claim);
    return await claim;
  }

  private async take(row: WorkspaceRow, mostActive: Room | undefined): Promise<boolean> {
    if (this.draining) return false;
    return await this.places.use(row.tenantId, async () => {
      const now = await this.options.stores.workspaces.claim(row.id, row.epoch, mostActive);
      if (!now) return false;
      // An earlier claim of ours left content in memory that may be older than the durable content.
      this.drop(row.id);
      this.held.set(row.id, new Held(now));
      const reason = row.stopReason ?? "reclaimed";
      this.options.metrics.takeovers.inc({ reason });
      const taken = { workspaceId: row.id, epoch: now.epoch, previousOwner: row.ownerPod, reason };
      this.options.log.info(taken, "workspace taken over");
      return true;
    });
  }

  /** Runs a task; its answer is returned only when all its changes are durable. */
  async execute(
    id: string,
    makeTask: (held: Held) => Promise<Task>,
    key: IdempotencyKey | undefined,
    by: Execution = UNLIMITED,
  ): Promise<OnceAnswer> {
    return await this.exclusive(id, async (held) => {
      const earlier = await earlierAnswer(this.options.stores, key);
      if (earlier) return earlier;
      try {
        const answer = await this.executor.execute(id, held, () => makeTask(held), key, by);
        return { ...answer, replayed: false };
      } catch (error) {
        const isOurs = this.held.get(id) === held && !held.ending;
        if (error instanceof NotHeldError && isOurs) this.drop(id, { type: "stopped", reason: "lease_lost" });
        throw error;
      } finally {
        if (this.held.get(id) === held) this.options.pool.rest(id, held.memoryBytes);
      }
    });
  }

  /**
   * Changes a workspace in the database while nothing runs in it, fenced by the epoch when this pod owns it.
   */
  async change(
    id: string,
    key: IdempotencyKey | undefined,
    work: (stores: TransactionStores) => Promise<StoredAnswer>,
    { before, afterwards, ends = false }: HeldChange,
  ): Promise<OnceAnswer> {
    const run = async (held: Held | undefined) => {
      const answer = await once(this.options.stores, key, async (stores) => {
        await before?.(stores);
        await stores.workspaces.lock(id, held?.epoch);
        return await work(stores);
      });
      if (!answer.replayed) afterwards?.(held);
      return answer;
    };
    const held = this.held.get(id);
    if (!held || !ends) return held ? await this.exclusive(id, run) : await run(undefined);
    const takeBack = held.end(() => this.options.pool.dispose(id));
    return await this.exclusive(id, run, true).finally(takeBack);
  }

  /** Ends what runs in a workspace; it goes on from its last durable state. False if nothing runs in it here. */
  interrupt(id: string): boolean {
    const held = this.held.get(id);
    if (held?.busy) this.options.pool.dispose(id);
    return held?.interrupt() ?? false;
  }

  /** Figures that are newer than the last heartbeat. */
  overlay(row: WorkspaceRow): WorkspaceRow {
    return this.held.get(row.id)?.overlay(row) ?? row;
  }

  /** Somebody uses the workspace, so it is not idle. */
  touch(id: string): void {
    this.held.get(id)?.touch();
  }

  /** Discards the content in memory: the next execution begins with the durable content. */
  reload(id: string): void {
    this.held.get(id)?.forget();
    this.options.pool.dispose(id);
  }

  /** A user stopped the workspace. */
  stopped(id: string): void {
    this.options.log.info({ workspaceId: id, reason: "requested" }, "workspace unloaded");
    this.options.metrics.unloads.inc({ reason: "requested" });
    this.drop(id, { type: "stopped", reason: "requested" });
  }

  drop(id: string, event?: WorkspaceEvent): void {
    const held = this.held.get(id);
    if (!held) return;
    this.held.delete(id);
    held.givesWay = true;
    this.options.pool.dispose(id);
    this.places.look();
    if (event) this.options.hub.publish(id, event);
  }

  /** Renews all leases, and gives up workspaces that another pod took or somebody deleted. */
  async heartbeat(): Promise<void> {
    const { stores, log, capacity } = this.options;
    const sentAt = performance.now();
    const sent = [...this.held].map(([id, held]) => {
      const { epoch, memoryBytes, idleMs } = held;
      return { id, epoch, memoryBytes, idleMs };
    });
    const own = await stores.workspaces.renew(sent);
    for (const { id, epoch } of sent) {
      if (own.has(id) || this.held.get(id)?.epoch !== epoch) continue;
      log.warn({ workspaceId: id, epoch, reason: "lease_lost" }, "workspace unloaded");
      this.options.metrics.unloads.inc({ reason: "lease_lost" });
      this.drop(id, { type: "stopped", reason: "lease_lost" });
    }
    // Measured before the statement, so that the database's lease never ends earlier than ours.
    this.renewedAt = sentAt;
    await stores.pods.heartbeat(this.held.size, this.draining ? 0 : capacity);
  }

  /** Unloads workspaces that were idle for the idle time (A13), and warns before. */
  async unloadIdle(): Promise<void> {
    await this.unloading.idle();
  }

  /** Gives a workspace up after its running work has ended. It does nothing if that has happened already. */
  async unload(id: string, reason: StopReason): Promise<void> {
    await this.unloading.one(id, reason);
  }

  /** Gives up what belongs to tenants that may not work now; what does not end soon is stopped. */
  async endOf(isStopped: (tenantId: string) => boolean): Promise<void> {
    await this.unloading.ofTenants(isStopped);
  }

  /** Gives everything up, so that other pods need not wait for leases to end; running work ends first. */
  async drain(): Promise<void> {
    this.draining = true;
    await this.options.stores.pods.heartbeat(this.held.size, 0);
    await Promise.allSettled([...this.held.keys()].map((id) => this.unload(id, "drained")));
    await this.options.stores.pods.remove();
  }

  private async exclusive<T>(id: string, work: (held: Held) => Promise<T>, ends = false): Promise<T> {
    const held = this.held.get(id);
    if (!held) throw new NotHeldError();
    try {
      return await held.exclusive(async () => {
        if (this.held.get(id) !== held || (held.ending && !ends)) throw new NotHeldError();
        return await work(held);
      }, !ends);
    } finally {
      this.places.look();
    }
  }
}
