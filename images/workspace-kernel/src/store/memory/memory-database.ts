import { ServiceError } from "@nexus/service";
import type { Transaction } from "kysely";
import type { JsonTexts, StreamEntry } from "../../sandbox/messages";
import type { HandlerRow } from "../handler-store";
import type { KernelTables } from "../tables";
import type { WorkspaceRow } from "../workspace-store";

/** What is kept of a workspace outside of its row. */
export interface Contents {
  readonly heapSeq: number;
  readonly memoryBytes: number;
  readonly segments: readonly Uint8Array[];
  readonly state: JsonTexts;
  readonly panels: JsonTexts;
  readonly handlers: readonly HandlerRow[];
}

export interface MemorySnapshot extends Contents {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
}

/** A workspace. It is replaced, never changed, so that a transaction can be taken back. */
export interface MemoryWorkspace {
  readonly row: WorkspaceRow;
  readonly contents: Contents;
  readonly streamSeq: number;
  readonly streamFloor: number;
  readonly entries: readonly StreamEntry[];
  readonly snapshots: readonly MemorySnapshot[];
}

/** Stands for a transaction: the stores in memory need to know only that there is one. */
const TRANSACTION = Object.freeze({}) as unknown as Transaction<KernelTables>;

/** What a workspace costs beside its heap. */
export const OVERHEAD_BYTES = 64 * 1024;

/** The workspaces of one pod without a database; nothing outlives the process. */
export class MemoryDatabase {
  private readonly workspaces = new Map<string, MemoryWorkspace>();
  private undo = new Map<string, MemoryWorkspace | undefined>();
  /** Counting takes a walk through all segments, so it is done only when this bound says that it may be necessary. */
  private atMost = 0;
  private tail: Promise<unknown> = Promise.resolve();

  constructor(private readonly maxBytes: number) {}

  get(id: string): MemoryWorkspace | undefined {
    return this.workspaces.get(id);
  }

  require(id: string): MemoryWorkspace {
    const workspace = this.workspaces.get(id);
    if (!workspace) throw new ServiceError("workspace_not_found");
    return workspace;
  }

  all(): MemoryWorkspace[] {
    return [...this.workspaces.values()];
  }

  /** Only inside of `transaction`. */
  put(id: string, workspace: MemoryWorkspace | undefined): void {
    if (!this.undo.has(id)) this.undo.set(id, this.workspaces.get(id));
    this.set(id, workspace);
  }

  /** Runs one transaction after the other; what a failing one has put is taken back. */
  transaction<T>(work: (trx: Transaction<KernelTables>) => Promise<T>): Promise<T> {
    const result = this.tail.then(async () => {
      this.undo = new Map();
      try {
        return await work(TRANSACTION);
      } catch (error) {
        for (const [id, workspace] of this.undo) this.set(id, workspace);
        throw error;
      }
    });
    this.tail = result.catch(() => undefined);
    return result;
  }

  /**
   * Forgets workspaces that nobody holds, the one that was idle longest first, until there is room; false without.
   * Only inside of `transaction`.
   * @param added Bytes that came since the last call.
   */
  makeRoom(added: number): boolean {
    this.atMost += added;
    if (this.atMost <= this.maxBytes) return true;
    const unheld = this.all()
      .filter(({ row }) => row.ownerPod === null)
      .sort((a, b) => a.row.lastActiveAt.getTime() - b.row.lastActiveAt.getTime());
    for (this.atMost = this.bytes(); this.atMost > this.maxBytes; this.atMost = this.bytes()) {
      const oldest = unheld.shift();
      if (!oldest) return false;
      this.put(oldest.row.id, undefined);
    }
    return true;
  }

  /** Segments that snapshots share are there once. */
  private bytes(): number {
    const segments = new Set(
      this.all().flatMap(({ contents, snapshots }) => [contents, ...snapshots].flatMap((each) => each.segments)),
    );
    return [...segments].reduce((sum, { length }) => sum + length, this.workspaces.size * OVERHEAD_BYTES);
  }

  private set(id: string, workspace: MemoryWorkspace | undefined): void {
    if (workspace) this.workspaces.set(id, workspace);
    else this.workspaces.delete(id);
  }
}
