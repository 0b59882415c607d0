import { ServiceError } from "@nexus/service";
import pLimit from "p-limit";
import type { RestartReason } from "../sandbox/messages";
import type { HandlerRow } from "../store/handler-store";
import type { TransactionStores } from "../store/stores";
import type { WorkspaceRow } from "../store/workspace-store";

/** Maximum number of waiting requests for one workspace; a client with more does not wait for answers. */
export const MAX_WAITING = 16;

/**
 * Time for running code to end before a workspace is stopped or deleted. The answer is due within two seconds, and most of
 * that is for the database on a busy machine.
 */
const END_GRACE_MS = 500;

/** This pod no longer holds the workspace; another look-up finds its owner. */
export class NotHeldError extends Error {
  override readonly name = "NotHeldError";
}

/** What belongs to a change of a workspace in the database. */
export interface HeldChange {
  /** Runs in the transaction, before it locks the workspace. */
  readonly before?: ((stores: TransactionStores) => Promise<void>) | undefined;
  /** Runs after the commit, but not if the answer is repeated. */
  readonly afterwards?: ((held: Held | undefined) => void) | undefined;
  /** The workspace goes: what does not end soon is given up. @default false */
  readonly ends?: boolean | undefined;
}

/** A workspace that this pod owns. */
export class Held {
  readonly tenantId: string;
  readonly epoch: number;
  /** Number of the newest durable segment; known after the workspace was loaded. */
  heapSeq = 0;
  memoryBytes: number;
  /** Number of durable panels; known after the workspace was loaded. */
  panels = 0;
  lastActive = performance.now();
  /** The same moment by the clock of the machine, to be shown; it stays as it was. */
  private lastActiveAt = new Date();
  /** It is not unloaded as idle before this time, on the clock of `performance.now`. */
  keepAliveUntil: number;
  /** The reason why variables are lost, for the next answer. */
  restart: RestartReason | undefined;
  warned = false;
  /** Somebody asked to end what runs. */
  interrupted = false;
  private isEnding = false;
  /** The handlers that were used, as they are stored. */
  readonly handlers = new Map<string, HandlerRow>();
  /** Its place is promised to another workspace. Requests that wait for it look up its owner again. */
  givesWay = false;
  private readonly oneByOne = pLimit(1);

  /** @param isNew nothing of it was ever made durable, so there is nothing to load */
  constructor(
    { tenantId, epoch, memoryBytes, keepAliveMs }: WorkspaceRow,
    private isNew = false,
  ) {
    [this.tenantId, this.epoch, this.memoryBytes] = [tenantId, epoch, memoryBytes];
    this.keepAliveUntil = performance.now() + keepAliveMs;
  }

  /** True if nothing of it can be durable yet; true at most once. */
  takeNew(): boolean {
    const { isNew } = this;
    this.isNew = false;
    return isNew;
  }

  /** The durable content has changed, but not by an execution here. */
  forget(): void {
    this.isNew = false;
    this.panels = 0;
    this.handlers.clear();
  }

  /** Whether something runs or waits to run. */
  get busy(): boolean {
    return this.waiting > 0;
  }

  private get waiting(): number {
    return this.oneByOne.activeCount + this.oneByOne.pendingCount;
  }

  /** What runs is given up, because somebody asked for that. @returns whether something runs */
  interrupt(): boolean {
    this.interrupted = this.busy;
    return this.busy;
  }

  get idleMs(): number {
    return this.busy ? 0 : performance.now() - this.lastActive;
  }

  /** Figures that are newer than the last heartbeat. */
  overlay(row: WorkspaceRow): WorkspaceRow {
    const lastActiveAt = this.busy ? new Date() : this.lastActiveAt;
    return { ...row, memoryBytes: this.memoryBytes, lastActiveAt };
  }

  touch(): void {
    this.lastActive = performance.now();
    this.lastActiveAt = new Date();
    this.warned = false;
  }

  keepAlive(seconds: number): void {
    this.keepAliveUntil = performance.now() + seconds * 1000;
  }

  /** It is about to be stopped or deleted, and what runs was given up: nothing more begins in it. */
  get ending(): boolean {
    return this.isEnding;
  }

  /** Gives what still runs after {@link END_GRACE_MS} up, unless the function that it returns was called before. */
  end(giveUp: () => void): () => void {
    const timer = setTimeout(() => {
      this.isEnding = true;
      giveUp();
    }, END_GRACE_MS);
    return () => {
      clearTimeout(timer);
      this.isEnding = false;
    };
  }

  /** Runs one piece of work after another; with `counts` false, for the pod's own work, it is never refused. */
  async exclusive<T>(work: () => Promise<T>, counts = true): Promise<T> {
    if (counts && this.waiting >= MAX_WAITING) throw new ServiceError("workspace_busy", { retryAfterSeconds: 1 });
    try {
      return await this.oneByOne(() => {
        if (counts && this.givesWay) throw new NotHeldError();
        return work();
      });
    } finally {
      if (counts) this.touch();
    }
  }
}
