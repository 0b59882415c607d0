/** After this time, half of what a tenant used is forgotten. */
const HALF_LIFE_MS = 30_000;
/** The assumed time of an unknown tenant: it comes after tenants that used little, and before those that used much. */
const UNKNOWN_MS = 250;
/** Tenants that used less than a millisecond are forgotten when there are more than this many. */
const MAX_TENANTS = 1000;

interface Running {
  readonly tenantId: string;
  readonly since: number;
}

/** Running time that each tenant used recently, including code that runs now. The tenant with the least goes first. */
export class TenantUsage {
  private readonly used = new Map<string, { readonly ms: number; readonly at: number }>();
  private readonly running = new Set<Running>();
  /** Called when code of an unknown tenant has ended, or waits, for the first time. */
  onKnown: () => void = () => undefined;

  /** Whether code of the tenant has ended here before. */
  knows(tenantId: string): boolean {
    return this.used.has(tenantId);
  }

  of(tenantId: string): number {
    const now = performance.now();
    let ms = this.used.has(tenantId) ? this.past(tenantId, now) : UNKNOWN_MS;
    for (const one of this.running) if (one.tenantId === tenantId) ms += now - one.since;
    return ms;
  }

  add(tenantId: string, ms: number): void {
    const now = performance.now();
    const isNew = !this.knows(tenantId);
    this.used.set(tenantId, { ms: this.past(tenantId, now) + ms, at: now });
    if (isNew) this.onKnown();
    if (this.used.size <= MAX_TENANTS) return;
    for (const other of [...this.used.keys()]) if (this.past(other, now) < 1) this.used.delete(other);
  }

  /** Counts time from now on. @returns ends that, and counts the given time instead */
  begin(tenantId: string): (ms: number) => void {
    const one = { tenantId, since: performance.now() };
    this.running.add(one);
    return (ms) => {
      if (this.running.delete(one)) this.add(tenantId, ms);
    };
  }

  private past(tenantId: string, now: number): number {
    const { ms, at } = this.used.get(tenantId) ?? { ms: 0, at: now };
    return ms * 0.5 ** ((now - at) / HALF_LIFE_MS);
  }
}
