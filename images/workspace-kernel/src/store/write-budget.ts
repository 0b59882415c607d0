import { setTimeout } from "node:timers/promises";

/** A tenant that wrote less before may write as much at once as it may in this time. */
const BURST_MS = 4000;

/** When each tenant may write again: so much on average, and what is more waits. */
export class WriteBudget {
  private readonly freeAt = new Map<string, number>();

  constructor(private readonly bytesPerSecond: number) {}

  /** Milliseconds until the tenant may write. */
  wait(tenantId: string): number {
    return Math.max(0, (this.freeAt.get(tenantId) ?? 0) - performance.now());
  }

  /** Waits until the tenant may write, and counts what it writes then. */
  async take(tenantId: string, bytes: number): Promise<void> {
    for (let ms = this.wait(tenantId); ms > 0; ms = this.wait(tenantId)) await setTimeout(ms);
    this.spend(tenantId, bytes);
  }

  spend(tenantId: string, bytes: number): void {
    const earliest = performance.now() - BURST_MS;
    for (const [other, freeAt] of this.freeAt) {
      // In the order of their last writes, so that those with nothing to remember come early.
      if (freeAt > earliest) break;
      this.freeAt.delete(other);
    }
    const from = Math.max(earliest, this.freeAt.get(tenantId) ?? earliest);
    this.freeAt.delete(tenantId);
    this.freeAt.set(tenantId, from + (bytes / this.bytesPerSecond) * 1000);
  }
}
