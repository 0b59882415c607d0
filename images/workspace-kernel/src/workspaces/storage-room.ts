import { setTimeout as delay } from "node:timers/promises";
import type { Room, ServiceError } from "@nexus/service";
import { RESERVED_SECONDS, type StorageAnswer } from "../store/usage-store";
import type { Stores } from "../store/stores";

/** Takes room for a write, or throws. @returns what the end of the write is told to */
export type TakeRoom = (bytes: number) => Promise<() => void>;

export interface StorageRoomOptions {
  readonly usage: Pick<Stores["usage"], "reserve">;
  /** What is thrown where a write does not fit in. */
  readonly refusal: (answer: StorageAnswer, room: Room, bytes: number) => ServiceError;
}

interface Waiting {
  readonly bytes: number;
  /** Until when it waits for room that other pods have reserved. */
  readonly until: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Portion {
  /** What the database said last. */
  answer: StorageAnswer | undefined;
  /** What may be written without asking again. */
  left: number;
  /** What is being written. */
  pending: number;
  /** What was written since the database was asked. */
  written: number;
  settling: NodeJS.Timeout | undefined;
  /** When the answer is old; before `endsAt` what is left counts even so. */
  renewAt: number;
  endsAt: number;
  readonly waiting: Waiting[];
  asking: Promise<void> | undefined;
}

/** How long an answer is used: a tenant below its limit may exceed it meanwhile; one above is measured sooner. */
const KNOWN_MS = { room: 5000, full: 1000 };
/** An answer is used for at least this many times as long as it took. */
const KNOWN_FACTOR = 50;
/** Half of the time of a reservation is left for writes that are under way. */
const USABLE_MS = (RESERVED_SECONDS * 1000) / 2;
/** What may be taken while the database is asked, so that small writes do not wait. */
const KEPT_BYTES = 1024 * 1024;
/** Writes that end within this time are settled by one statement. */
const SETTLE_MS = 200;
/** How long a write waits for what other pods have reserved, and how often it looks. */
const WAIT_MS = 1500;
const AGAIN_MS = 250;
const MAX_KNOWN = 10_000;

/**
 * Room in the storage of tenants. A pod reserves a portion of what is free in the database, and executions take what they
 * write from it. So no execution asks the database while there is enough, and all pods together never write more than the
 * limit. Near the limit portions are small, and a write that needs more than is left asks.
 */
export class StorageRoom {
  private readonly portions = new Map<string, Portion>();

  constructor(private readonly options: StorageRoomOptions) {}

  /** What the tenant stores, as of some seconds ago. Room is reserved with the same statement. */
  async look(tenantId: string, room: Room): Promise<number> {
    const portion = this.portionOf(tenantId);
    const now = performance.now();
    if (portion.answer && now < portion.renewAt) return portion.answer.stored;
    const asked = this.ask(tenantId, portion, room);
    // What is left of the last portion is enough to begin.
    if (portion.answer && portion.left > 0 && now < portion.endsAt) void asked.catch(() => undefined);
    else await asked;
    return portion.answer?.stored ?? 0;
  }

  async take(tenantId: string, room: Room, bytes: number): Promise<() => void> {
    const portion = this.portionOf(tenantId);
    if (!this.takes(portion, bytes))
      await new Promise<void>((resolve, reject) => {
        portion.waiting.push({ bytes, until: performance.now() + WAIT_MS, resolve, reject });
        void this.serve(tenantId, portion, room);
      });
    return () => {
      portion.pending -= bytes;
      portion.written += bytes;
      if (portion.written > portion.left) this.settleSoon(tenantId, portion, room);
    };
  }

  /** What was written counts as stored now, so it is not kept reserved as well: others may need the room. */
  private settleSoon(tenantId: string, portion: Portion, room: Room): void {
    portion.settling ??= setTimeout(() => {
      portion.settling = undefined;
      void this.ask(tenantId, portion, room).catch(() => undefined);
    }, SETTLE_MS).unref();
  }

  private takes(portion: Portion, bytes: number): boolean {
    if (portion.left < bytes || performance.now() >= portion.endsAt) return false;
    portion.left -= bytes;
    portion.pending += bytes;
    return true;
  }

  /** Asks once for all that wait, and again for what came meanwhile. */
  private async serve(tenantId: string, portion: Portion, room: Room): Promise<void> {
    // What is asked now may not count those that wait.
    await portion.asking?.catch(() => undefined);
    const waiting = portion.waiting.splice(0);
    const needed = waiting.reduce((sum, { bytes }) => sum + bytes, 0);
    if (waiting.length === 0) return;
    try {
      await this.ask(tenantId, portion, room, needed);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
      return;
    }
    const late = waiting.filter((one) => !this.answers(portion, room, one));
    if (late.length === 0) return;
    await delay(AGAIN_MS, undefined, { ref: false });
    portion.waiting.push(...late);
    await this.serve(tenantId, portion, room);
  }

  /** @returns false for a write that may fit in once other pods have given back what they reserved and do not need */
  private answers(portion: Portion, room: Room, { bytes, until, resolve, reject }: Waiting): boolean {
    const answer = portion.answer as StorageAnswer;
    if (this.takes(portion, bytes)) resolve();
    else if (answer.reserved > 0 && answer.stored + bytes <= room.limit && performance.now() < until) return false;
    else reject(this.options.refusal(answer, room, bytes));
    return true;
  }

  private async ask(tenantId: string, portion: Portion, room: Room, needed = 0): Promise<void> {
    if (needed === 0 && portion.asking) return await portion.asking;
    const before = portion.asking;
    const asking = (async () => {
      await before?.catch(() => undefined);
      const startedAt = performance.now();
      portion.left = startedAt < portion.endsAt ? Math.min(portion.left, KEPT_BYTES) : 0;
      const { left: kept, pending } = portion;
      portion.written = 0;
      const answer = await this.options.usage.reserve({
        tenantId,
        limit: room.limit,
        pending,
        needed: kept + needed,
      });
      const now = performance.now();
      const knownMs = answer.stored < room.limit ? KNOWN_MS.room : KNOWN_MS.full;
      const takenMeanwhile = kept - portion.left;
      portion.answer = answer;
      portion.left = Math.max(0, answer.granted - takenMeanwhile);
      portion.renewAt = now + Math.max(knownMs, (now - startedAt) * KNOWN_FACTOR);
      portion.endsAt = startedAt + USABLE_MS;
    })();
    portion.asking = asking;
    try {
      await asking;
    } finally {
      if (portion.asking === asking) portion.asking = undefined;
    }
  }

  private portionOf(tenantId: string): Portion {
    const known = this.portions.get(tenantId);
    if (known) return known;
    if (this.portions.size >= MAX_KNOWN) this.forget();
    const nothing = { left: 0, pending: 0, written: 0, renewAt: 0, endsAt: 0, waiting: [] };
    const portion: Portion = { ...nothing, answer: undefined, asking: undefined, settling: undefined };
    this.portions.set(tenantId, portion);
    return portion;
  }

  /** Forgets tenants for which nothing is written. */
  private forget(): void {
    for (const [tenantId, { pending, waiting, asking }] of this.portions)
      if (pending === 0 && waiting.length === 0 && !asking) this.portions.delete(tenantId);
  }
}
