/** Waiting tasks of several tenants. Tenants take turns; the tasks of one tenant keep their order. */
export class TurnQueue<Item> {
  /** The queues of the tenants in the order of their turns. None is empty. */
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
    // Moves the tenant to the end if it has more tasks.
    this.lines.delete(tenantId);
    if (line.length > 0) this.lines.set(tenantId, line);
    this.last = tenantId;
    return item;
  }

  /** The first queue, unless its tenant had the last turn and another tenant waits. */
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
