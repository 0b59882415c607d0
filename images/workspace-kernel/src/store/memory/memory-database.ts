import pLimit from "p-limit";
import type { JsonTexts, StreamEntry } from "../../sandbox/messages";
import type { HandlerRow } from "../handler-store";
import { entryBytes } from "../limits";
import { found, type WorkspaceRow } from "../workspace-store";
import { documentTexts, type MemoryDocument } from "./document-contents";
import type { Timed } from "./memory-page";

/** The data of a workspace outside of its row. */
export interface Contents {
  readonly heapSeq: number;
  readonly memoryBytes: number;
  readonly segments: readonly Uint8Array[];
  readonly state: JsonTexts;
  readonly panels: JsonTexts;
  readonly handlers: readonly HandlerRow[];
  readonly document: MemoryDocument;
}

export interface MemorySnapshot extends Timed {
  readonly name: string;
  readonly createdAt: Date;
  readonly contents: Contents;
}

/** A workspace. It is replaced and never changed, so that a transaction can be rolled back. */
export interface MemoryWorkspace extends Timed {
  readonly row: WorkspaceRow;
  readonly contents: Contents;
  readonly streamSeq: number;
  readonly streamFloor: number;
  readonly entries: readonly StreamEntry[];
  readonly snapshots: readonly MemorySnapshot[];
}

/** How a statement runs: in its own transaction, or directly inside another one. */
export type Run = <T>(statement: () => T) => Promise<T>;

/** Estimated size of a workspace without its heap, in bytes. */
const OVERHEAD_BYTES = 64 * 1024;

function sum<Item>(items: readonly Item[], bytesOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + bytesOf(item), 0);
}

function textBytes({ state, panels, handlers, document }: Contents): number {
  const values = [...Object.values(state), ...Object.values(panels)];
  const texts = [...values, ...handlers.map(({ code }) => code), ...documentTexts(document)];
  return sum(texts, (text) => Buffer.byteLength(text));
}

/** The workspaces of one pod without a database; nothing outlives the process. */
export class MemoryDatabase {
  private readonly workspaces = new Map<string, MemoryWorkspace>();
  private undo: (() => void)[] = [];
  /** Upper bound of the size. The exact size needs a walk through all segments, so it is computed only when necessary. */
  private atMost = 0;
  private readonly oneByOne = pLimit(1);

  constructor(private readonly maxBytes: number) {}

  /** Runs one transaction after another; the changes of a failing one are rolled back. */
  transaction<T>(work: () => T | Promise<T>): Promise<T> {
    return this.oneByOne(async () => {
      this.undo = [];
      try {
        return await work();
      } catch (error) {
        for (const takeBack of this.undo.reverse()) takeBack();
        throw error;
      }
    });
  }

  /** Reverts a change if the transaction fails. */
  onRollback(takeBack: () => void): void {
    this.undo.push(takeBack);
  }

  get(id: string): MemoryWorkspace | undefined {
    return this.workspaces.get(id);
  }

  all(): MemoryWorkspace[] {
    return [...this.workspaces.values()];
  }

  put(id: string, workspace: MemoryWorkspace | undefined): void {
    const before = this.workspaces.get(id);
    this.onRollback(() => this.set(id, before));
    this.set(id, workspace);
  }

  /** Changes some members of a workspace. */
  change(id: string, change: (before: MemoryWorkspace) => Partial<MemoryWorkspace>): MemoryWorkspace {
    const before = found(this.workspaces.get(id));
    const after = { ...before, ...change(before) };
    this.put(id, after);
    return after;
  }

  /**
   * Forgets workspaces that nobody holds until there is room; false without.
   * @param added Bytes that came since the last call.
   */
  makeRoom(added = OVERHEAD_BYTES): boolean {
    this.atMost += added;
    if (this.atMost <= this.maxBytes) return true;
    for (this.atMost = this.bytes(); this.atMost > this.maxBytes; this.atMost = this.bytes()) {
      const oldest = this.leastMissed();
      if (!oldest) return false;
      this.put(oldest.row.id, undefined);
    }
    return true;
  }

  /** Of those that nobody holds and whose tenant takes most, the one that was idle longest. */
  private leastMissed(): MemoryWorkspace | undefined {
    const byTenant = new Map<string, number>();
    for (const { row, contents, snapshots } of this.all()) {
      const segments = [contents, ...snapshots.map((each) => each.contents)].flatMap((each) => each.segments);
      const bytes = OVERHEAD_BYTES + sum(segments, ({ length }) => length);
      byTenant.set(row.tenantId, (byTenant.get(row.tenantId) ?? 0) + bytes);
    }
    const taken = ({ row }: MemoryWorkspace) => byTenant.get(row.tenantId) ?? 0;
    return this.all()
      .filter(({ row }) => row.ownerPod === null)
      .sort((a, b) => taken(b) - taken(a) || a.row.lastActiveAt.getTime() - b.row.lastActiveAt.getTime())[0];
  }

  /** Of the workspaces that are counted. Segments that snapshots share are there once. */
  bytes(counts: (row: WorkspaceRow) => boolean = () => true): number {
    const counted = this.all().filter(({ row }) => counts(row));
    const contents = new Set(counted.flatMap((one) => [one.contents, ...one.snapshots.map((each) => each.contents)]));
    const segments = new Set([...contents].flatMap((each) => each.segments));
    return (
      sum([...segments], ({ length }) => length) +
      sum([...contents], textBytes) +
      sum(counted, ({ entries }) => OVERHEAD_BYTES + sum(entries, entryBytes))
    );
  }

  private set(id: string, workspace: MemoryWorkspace | undefined): void {
    if (workspace) this.workspaces.set(id, workspace);
    else this.workspaces.delete(id);
  }
}
