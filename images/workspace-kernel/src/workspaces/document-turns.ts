import { FairQueue } from "../sandbox/fair-queue";
import { TenantUsage } from "../sandbox/tenant-usage";

interface Waiting {
  readonly tenantId: string;
  readonly begin: () => void;
}

/**
 * Turns that all tenants share. A tenant has at most one of them at a time. The tenant that had turns for the shortest time
 * lately goes next, so a tenant that asks rarely does not wait for those that always ask.
 */
export class DocumentTurns {
  private readonly usage = new TenantUsage();
  private readonly waiting = new FairQueue<Waiting>(this.usage);
  private readonly having = new Set<string>();

  constructor(private readonly atOnce: number) {}

  async run<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((begin) => {
      this.waiting.push(tenantId, { tenantId, begin });
      this.next();
    });
    const startedAt = performance.now();
    const end = this.usage.begin(tenantId);
    try {
      return await work();
    } finally {
      end(performance.now() - startedAt);
      this.having.delete(tenantId);
      this.next();
    }
  }

  private next(): void {
    while (this.having.size < this.atOnce) {
      const item = this.waiting.shift(({ tenantId }) => !this.having.has(tenantId));
      if (!item) return;
      this.having.add(item.tenantId);
      item.begin();
    }
  }
}
