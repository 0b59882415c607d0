import { isConnectionError } from "@nexus/service";
import type { WorkspaceWrite } from "./commit-store";

interface Waiting {
  readonly write: WorkspaceWrite;
  readonly resolve: (written: boolean) => void;
  readonly reject: (error: unknown) => void;
}

const MAX_WRITES = 100;
const MAX_BYTES = 16 * 1024 * 1024;

/** Group commit: what arrives while a write is on its way to the disk goes with the next one, together. */
export class CommitQueue {
  private waiting: Waiting[] = [];
  private flushing = false;

  constructor(
    private readonly write: (writes: readonly WorkspaceWrite[]) => Promise<ReadonlySet<string>>,
    private readonly onBatch: (writes: number, bytes: number, ms: number) => void = () => undefined,
  ) {}

  /** Resolves once the write is durable: true, or false when the workspace has another owner. */
  submit(write: WorkspaceWrite): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ write, resolve, reject });
      if (!this.flushing) void this.flush();
    });
  }

  private async flush(): Promise<void> {
    this.flushing = true;
    while (this.waiting.length > 0) {
      const batch = this.takeBatch();
      try {
        await this.commit(batch);
      } catch (error) {
        // One write that the database refuses must not fail the others.
        if (batch.length > 1 && !isConnectionError(error)) await this.oneByOne(batch);
        else for (const { reject } of batch) reject(error);
      }
    }
    this.flushing = false;
  }

  private takeBatch(): Waiting[] {
    // One of an earlier and one of a later claim must not go together: the answer only names the workspace.
    const ids = new Set<string>();
    let bytes = 0;
    for (const { write } of this.waiting) {
      bytes += write.change?.segment.length ?? 0;
      if (ids.size > 0 && (ids.size >= MAX_WRITES || bytes > MAX_BYTES || ids.has(write.id))) break;
      ids.add(write.id);
    }
    return this.waiting.splice(0, ids.size);
  }

  private async commit(batch: readonly Waiting[]): Promise<void> {
    const startedAt = performance.now();
    const written = await this.write(batch.map(({ write }) => write));
    const bytes = batch.reduce((sum, { write }) => sum + (write.change?.segment.length ?? 0), 0);
    this.onBatch(batch.length, bytes, performance.now() - startedAt);
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
