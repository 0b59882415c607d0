/** How long a tenant waits behind others. */
const BEHIND_MS = 60_000;

/**
 * Runs a limited amount of work at a time, one piece of a tenant, and tenants one after the other. Those that are put
 * behind begin only where nobody else waits, and never take the last place.
 */
export class FairTurns {
  /** What waits of each tenant; who had a turn comes last. */
  private readonly waiting = new Map<string, (() => void)[]>();
  private readonly running = new Set<string>();
  /** When tenants that were put behind are as others again. */
  private readonly behind = new Map<string, number>();

  constructor(private readonly atOnce: number) {}

  /** From now on others come before this tenant for a while. */
  putBehind(tenantId: string): void {
    this.behind.set(tenantId, Date.now() + BEHIND_MS);
  }

  async run<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((start) => {
      const own = this.waiting.get(tenantId) ?? [];
      own.push(start);
      this.waiting.set(tenantId, own);
      this.next();
    });
    try {
      return await work();
    } finally {
      this.running.delete(tenantId);
      this.next();
    }
  }

  private next(): void {
    for (const [tenantId, until] of this.behind) if (until <= Date.now()) this.behind.delete(tenantId);
    while (this.running.size < this.atOnce) {
      const tenantId = this.first();
      if (tenantId === undefined) return;
      const [start, ...rest] = this.waiting.get(tenantId) ?? [];
      this.waiting.delete(tenantId);
      if (rest.length > 0) this.waiting.set(tenantId, rest);
      this.running.add(tenantId);
      start?.();
    }
  }

  private first(): string | undefined {
    const ready = [...this.waiting.keys()].filter((tenantId) => !this.running.has(tenantId));
    const isBehind = (tenantId: string) => this.behind.has(tenantId);
    const usual = ready.find((tenantId) => !isBehind(tenantId));
    if (usual !== undefined) return usual;
    return [...this.running].filter(isBehind).length < this.atOnce - 1 ? ready[0] : undefined;
  }
}
