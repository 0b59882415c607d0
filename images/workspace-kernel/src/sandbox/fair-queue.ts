import type { TenantUsage } from "./tenant-usage";

/**
 * Waiting work of several tenants. The tenant that used least goes next; tenants with equal use take turns. Within a
 * tenant, the first item that can go does.
 */
export class FairQueue<Item> {
  /** In the order of their turns; none is empty. */
  private readonly lines = new Map<string, Item[]>();

  constructor(private readonly usage: TenantUsage) {}

  get length(): number {
    let sum = 0;
    for (const line of this.lines.values()) sum += line.length;
    return sum;
  }

  /** Whether a tenant other than this one waits. */
  hasOther(tenantId: string): boolean {
    return this.lines.size > (this.lines.has(tenantId) ? 1 : 0);
  }

  push(tenantId: string, item: Item): void {
    const line = this.lines.get(tenantId);
    if (line) line.push(item);
    else this.lines.set(tenantId, [item]);
  }

  /** Removes the first item that may go. @param mayGo called for each item in order */
  shift(mayGo: (item: Item, tenantId: string) => boolean = () => true): Item | undefined {
    // The sort is stable: it keeps the order of turns.
    const inOrder = [...this.lines].map(([tenantId, line]) => ({ tenantId, line, used: this.usage.of(tenantId) }));
    inOrder.sort((a, b) => a.used - b.used);
    for (const { tenantId, line } of inOrder) {
      const index = line.findIndex((item) => mayGo(item, tenantId));
      if (index < 0) continue;
      const [item] = line.splice(index, 1);
      // A tenant with more items goes behind the others.
      this.lines.delete(tenantId);
      if (line.length > 0) this.lines.set(tenantId, line);
      return item;
    }
    return undefined;
  }

  /** Removes all wanted items. */
  take(wanted: (item: Item) => boolean): Item[] {
    const taken: Item[] = [];
    for (const [tenantId, line] of [...this.lines]) {
      taken.push(...line.filter(wanted));
      const kept = line.filter((item) => !wanted(item));
      if (kept.length > 0) this.lines.set(tenantId, kept);
      else this.lines.delete(tenantId);
    }
    return taken;
  }
}
