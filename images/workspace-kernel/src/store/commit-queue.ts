import { isConnectionError } from "@nexus/service";
import { bytesOf, type WorkspaceWrite } from "./commit-store";
import type { WriteBudget } from "./write-budget";

interface Waiting {
  readonly write: WorkspaceWrite;
  readonly bytes: number;
  readonly resolve: (written: boolean) => void;
  readonly reject: (error: unknown) => void;
}

export interface CommitQueueOptions {
  readonly write: (writes: readonly WorkspaceWrite[]) => Promise<ReadonlySet<string>>;
  readonly budget: WriteBudget;
  readonly onBatch?: (writes: number, bytes: number, ms: number) => void;
}

const MAX_WRITES = 100;
/** Bytes of one statement; a larger write goes alone. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Writes of this size have a lane of their own: small ones do not wait until a large one is on the disk. */
const LARGE_BYTES = 256 * 1024;

/** Group commit: writes that arrive while another one is being written to the disk go together into the next one. */
export class CommitQueue {
  private readonly small: Lane;
  private readonly large: Lane;

  constructor(options: CommitQueueOptions) {
    this.small = new Lane(options);
    this.large = new Lane(options);
  }

  /** Resolves when the write is durable: true, or false if the workspace has another owner. */
  submit(tenantId: string, write: WorkspaceWrite, bytes = bytesOf(write)): Promise<boolean> {
    const lane = bytes < LARGE_BYTES ? this.small : this.large;
    return new Promise((resolve, reject) => lane.push(tenantId, { write, bytes, resolve, reject }));
  }
}

/** Writes that go one batch after the other, in which tenants take turns. */
class Lane {
  /** What waits, by tenant, in the order of their turns; no line is empty. */
  private readonly lines = new Map<string, Waiting[]>();
  private flushing = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: CommitQueueOptions) {}

  push(tenantId: string, waiting: Waiting): void {
    const line = this.lines.get(tenantId);
    if (line) line.push(waiting);
    else this.lines.set(tenantId, [waiting]);
    if (!this.flushing) void this.flush();
  }

  private async flush(): Promise<void> {
    this.flushing = true;
    clearTimeout(this.timer);
    for (let batch = this.takeBatch(); batch.length > 0; batch = this.takeBatch()) {
      try {
        await this.commit(batch);
      } catch (error) {
        // One write that the database refuses must not make the others fail.
        if (batch.length > 1 && !isConnectionError(error)) await this.oneByOne(batch);
        else for (const { reject } of batch) reject(error);
      }
    }
    this.flushing = false;
    if (this.lines.size === 0) return;
    const waits = [...this.lines.keys()].map((tenantId) => this.options.budget.wait(tenantId));
    this.timer = setTimeout(() => void this.flush(), Math.ceil(Math.min(...waits)));
  }

  /** One write of each tenant in turn, as long as there is room; none where all have to wait. */
  private takeBatch(): Waiting[] {
    const batch: Waiting[] = [];
    // Writes of an earlier and of a later claim must not go together, because the answer names only the workspace.
    const ids = new Set<string>();
    let bytes = 0;
    for (let turn = [...this.lines]; turn.length > 0;) {
      turn = turn.filter(([tenantId, line]) => {
        const [next] = line;
        if (!next || this.options.budget.wait(tenantId) > 0) return false;
        const fits = batch.length < MAX_WRITES && bytes + next.bytes <= MAX_BYTES && !ids.has(next.write.id);
        if (batch.length > 0 && !fits) return false;
        batch.push(next);
        ids.add(next.write.id);
        bytes += next.bytes;
        this.options.budget.spend(tenantId, next.bytes);
        line.shift();
        // Behind all others, where more of it waits.
        this.lines.delete(tenantId);
        if (line.length > 0) this.lines.set(tenantId, line);
        return true;
      });
    }
    return batch;
  }

  private async commit(batch: readonly Waiting[]): Promise<void> {
    const startedAt = performance.now();
    const written = await this.options.write(batch.map(({ write }) => write));
    const bytes = batch.reduce((sum, waiting) => sum + waiting.bytes, 0);
    this.options.onBatch?.(batch.length, bytes, performance.now() - startedAt);
    for (const { write, resolve } of batch) resolve(written.has(write.id));
  }

  private async oneByOne(batch: readonly Waiting[]): Promise<void> {
    for (const waiting of batch) {
      try {
        await this.commit([waiting]);
      } catch (error) {
        waiting.reject(error);
      }
    }
  }
}
