/** Waiting work of several tenants: they take turns, and within a tenant the first comes first. */
export class TurnQueue<Item> {
  /** In the order of their turns; none is empty. */
  private readonly lines = new Map<string, Item[]>();
  private last: string | undefined;

  get length(): number {
    let sum = 0;
    for (const line of this.lines.values()) sum += line.length;
    return sum;
  }

  push(tenantId: string, item: Item): void {
    const line = this.lines.get(tenantId);
    if (line) line.push(item);
    else this.lines.set(tenantId, [item]);
  }

  shift(): Item | undefined {
    const tenantId = this.next();
    if (tenantId === undefined) return undefined;
    const line = this.lines.get(tenantId) ?? [];
    const item = line.shift();
    // Behind all others, where more of it waits.
    this.lines.delete(tenantId);
    if (line.length > 0) this.lines.set(tenantId, line);
    this.last = tenantId;
    return item;
  }

  /** The first in line, unless it was its turn just now and somebody else waits. */
  private next(): string | undefined {
    const [first, second] = this.lines.keys();
    return first === this.last ? (second ?? first) : first;
  }

  keep(wanted: (item: Item) => boolean): void {
    for (const [tenantId, line] of [...this.lines]) {
      const kept = line.filter(wanted);
      if (kept.length > 0) this.lines.set(tenantId, kept);
      else this.lines.delete(tenantId);
    }
  }

  clear(): void {
    this.lines.clear();
  }
}
