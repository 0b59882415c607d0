import { limitReached, type PlanBook, type Principal, type Room, ServiceError, Turns } from "@nexus/service";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { checkRoom, noActiveRoom } from "../store/limits";
import type { Stores } from "../store/stores";
import { DocumentTurns } from "./document-turns";
import type { ExecutionMeter, Metered } from "./execution-meter";
import { StorageRoom, type TakeRoom } from "./storage-room";

export interface TenantQuotaOptions {
  readonly plans: PlanBook;
  readonly meter: ExecutionMeter;
  readonly usage: Usage;
  /** For plans without such a limit. */
  readonly workspaces: number;
  readonly storageBytes: number;
  readonly copiesPerMinute: number;
  readonly requests: number;
}

/** The tenant whose quotas are checked. */
type Tenant = Pick<Principal, "tenantId" | "plan">;
type Usage = Stores["usage"];

/** A change that stores much at once. */
export interface Storing {
  /** What it adds at most. @default as much as there is */
  readonly most?: number;
  /** Whether it replaces something, so that it is allowed where it adds nothing. @default false */
  readonly replaces?: boolean;
}

const MIB = 1024 * 1024;
/** Whole documents that are read or replaced at a time. Each takes the server's thread and memory for a while. */
const DOCUMENTS_AT_ONCE = 2;
/** Files of documents that come in at a time, of one tenant. */
const FILES_AT_ONCE = 2;

/** Checks the limits of tenants before any work is done for them. */
export class TenantQuotas {
  private readonly copies: RateLimiterMemory;
  private readonly turns = new Turns(1);
  private readonly documents = new DocumentTurns(DOCUMENTS_AT_ONCE);
  private readonly files = new Map<string, number>();
  private readonly requests = new Map<string, number>();
  private readonly room: StorageRoom;

  constructor(private readonly options: TenantQuotaOptions) {
    this.copies = new RateLimiterMemory({ points: options.copiesPerMinute, duration: 60 });
    this.room = new StorageRoom({
      usage: options.usage,
      refusal: ({ stored, reserved }, room, bytes) => {
        if (stored >= room.limit) return noStorage(stored, room);
        const changes = `what the execution changed takes ${inMib(bytes)} MiB, so it was undone`;
        return noStorage(stored, room, `, ${inMib(reserved)} MiB are reserved elsewhere, and ${changes}`);
      },
    });
  }

  /** Counts a request, whose body is not read yet; throws when there are too many. @returns what its end is told to */
  beginRequest(tenantId: string): () => void {
    const { requests: limit } = this.options;
    const detail = `A tenant may have ${limit} requests at one time to one pod; wait for answers before the next one`;
    return this.begin(this.requests, tenantId, limit, detail);
  }

  private begin(running: Map<string, number>, tenantId: string, limit: number, detail: string): () => void {
    const usage = running.get(tenantId) ?? 0;
    if (usage >= limit)
      throw new ServiceError("rate_limited", { detail, retryAfterSeconds: 1, extensions: { limit, usage } });
    running.set(tenantId, usage + 1);
    return () => {
      const left = (running.get(tenantId) ?? 1) - 1;
      if (left > 0) running.set(tenantId, left);
      else running.delete(tenantId);
    };
  }

  /** Counts a request that copies a workspace; throws when there were too many. */
  async countCopy(tenantId: string): Promise<void> {
    try {
      await this.copies.consume(tenantId);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      const { copiesPerMinute: limit } = this.options;
      const detail = `A tenant may ask for ${limit} clones, snapshots and restores a minute; wait before the next one`;
      const retryAfterSeconds = Math.max(1, Math.ceil(error.msBeforeNext / 1000));
      throw new ServiceError("rate_limited", { detail, retryAfterSeconds, extensions: { limit } });
    }
  }

  /** Runs the work of each tenant one after the other, so that a count includes what was made just before. */
  async inTurn<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    return await this.turns.run(tenantId, work);
  }

  /**
   * Runs work on a whole document, so that a tenant which asks for many waits for itself. All tenants share the turns, so
   * nothing in one may wait for code of a tenant. Do not wait for it inside of a transaction: whoever has a turn needs a
   * connection to the database.
   */
  async inDocumentTurn<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    return await this.documents.run(tenantId, work);
  }

  /** The same as {@link beginRequest} for a request whose body is a file of a document. */
  beginFile(tenantId: string): () => void {
    const detail = `A tenant may send ${FILES_AT_ONCE} files of documents at one time to one pod; wait for the answers`;
    return this.begin(this.files, tenantId, FILES_AT_ONCE, detail);
  }

  /** Throws when a tenant stores as much as it may, as of some seconds ago. */
  async checkStorage(tenant: Tenant): Promise<void> {
    this.refuse(tenant, await this.storedBytes(tenant));
  }

  /** What a tenant stores, as of some seconds ago. */
  async storedBytes(tenant: Tenant): Promise<number> {
    return await this.room.look(tenant.tenantId, this.storage(tenant));
  }

  /** Takes room for what executions of a tenant write. */
  storing(tenant: Tenant): TakeRoom {
    return async (bytes) => await this.room.take(tenant.tenantId, this.storage(tenant), bytes);
  }

  /**
   * Stores much at once, one such change of the tenant after the other over all pods; throws where it has no room. The
   * transaction locks no workspace before it has called `lockStorage`, so that executions do not wait for copies of other pods.
   */
  async storeInRoom<T>(tenant: Tenant, usage: Usage, work: () => Promise<T>, about: Storing = {}): Promise<T> {
    const { tenantId } = tenant;
    await usage.lockStorage(tenantId);
    const [before, reserved] = [await usage.bytes(tenantId), await usage.reserved(tenantId)];
    const room = this.storage(tenant);
    if (!about.replaces) this.refuse(tenant, before);
    const done = await work();
    // A copy of a part at most doubles the whole.
    const most = about.most ?? before;
    const after = before + most + reserved > room.limit ? (await usage.bytes(tenantId)) + reserved : 0;
    if (after > room.limit && after > before + reserved)
      throw noStorage(
        before,
        room,
        `, ${inMib(reserved)} MiB are reserved, and this takes ${inMib(after - before - reserved)} MiB`,
      );
    return done;
  }

  /** Throws when a tenant has as many workspaces as it may; whoever makes one counts again. */
  async checkWorkspaces(tenant: Tenant, usage: Usage): Promise<void> {
    const room = this.workspaces(tenant) ?? { limit: this.options.workspaces };
    checkRoom(await usage.workspaces(tenant.tenantId), room, "workspaces");
  }

  /** Throws when a tenant has as many active workspaces as it may, and this one is not among them. */
  async checkActive(tenant: Tenant, id: string, usage: Usage): Promise<void> {
    const room = this.activeWorkspaces(tenant);
    if (room === undefined) return;
    const { count, isActive } = await usage.active(tenant.tenantId, id);
    if (!isActive && count >= room.limit) throw noActiveRoom(count, room);
  }

  /** Throws when a tenant may run nothing until it deletes something, or until tomorrow. Nothing is reserved. */
  async checkExecution(tenant: Tenant, id: string, usage: Usage): Promise<void> {
    await this.checkStorage(tenant);
    await this.checkActive(tenant, id, usage);
    await this.options.meter.check(tenant.tenantId, this.options.plans.of(tenant));
  }

  /** How many workspaces a tenant's plan allows; undefined where it leaves that to the settings. */
  workspaces(tenant: Tenant): Room | undefined {
    return this.options.plans.room(tenant, "workspaces");
  }

  /** How many workspaces it allows to be active at once; undefined for no limit. */
  activeWorkspaces(tenant: Tenant): Room | undefined {
    return this.options.plans.room(tenant, "activeWorkspaces");
  }

  /** Counts the running time of an execution and what it sends, and refuses it where there is too little left. */
  metered(tenant: Tenant): Metered {
    return this.options.meter.of(tenant.tenantId, this.options.plans.of(tenant));
  }

  /** Counts the running time of reading code, which is no execution. */
  meteredReading(tenant: Tenant): Metered {
    return this.options.meter.ofReading(tenant.tenantId, this.options.plans.of(tenant));
  }

  /** The plan of a tenant, and what the kernel limits. */
  limitsOf(tenant: Tenant) {
    const { name: plan, activeWorkspaces, executionSecondsPerDay, streamMbPerDay } = this.options.plans.of(tenant);
    const workspaces = this.workspaces(tenant)?.limit ?? this.options.workspaces;
    const storageMb = this.storage(tenant).limit / MIB;
    return { plan, limits: { workspaces, activeWorkspaces, storageMb, executionSecondsPerDay, streamMbPerDay } };
  }

  private storage(tenant: Tenant): Room {
    const room = this.options.plans.room(tenant, "storageMb");
    return room ? { ...room, limit: room.limit * MIB } : { limit: this.options.storageBytes };
  }

  private refuse(tenant: Tenant, bytes: number): void {
    const room = this.storage(tenant);
    if (bytes >= room.limit) throw noStorage(bytes, room);
  }
}

const inMib = (bytes: number) => (bytes / MIB).toFixed(1);

function noStorage(bytes: number, room: Room, more = ""): ServiceError {
  const fact = `A tenant may store ${room.limit / MIB} MiB and stores ${inMib(bytes)} MiB${more}`;
  return limitReached(fact, "delete snapshots or workspaces", bytes, room);
}
