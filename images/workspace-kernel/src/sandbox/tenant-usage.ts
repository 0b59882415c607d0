/** After this time, half of what a tenant used is forgotten. */
const HALF_LIFE_MS = 30_000;
/** What counts for a tenant that is not known: whoever is known to need little goes first, whoever needs much later. */
const UNKNOWN_MS = 250;
/** Tenants that used less than a millisecond are forgotten when there are more than this many. */
const MAX_TENANTS = 1000;

interface Running {
  readonly tenantId: string;
  readonly since: number;
}

/** Running time that tenants used lately, what runs now included. Whoever used least goes first. */
export class TenantUsage {
  private readonly used = new Map<string, { readonly ms: number; readonly at: number }>();
  private readonly running = new Set<Running>();

  of(tenantId: string): number {
    const now = performance.now();
    let ms = this.used.has(tenantId) ? this.past(tenantId, now) : UNKNOWN_MS;
    for (const one of this.running) if (one.tenantId === tenantId) ms += now - one.since;
    return ms;
  }

  add(tenantId: string, ms: number): void {
    const now = performance.now();
    this.used.set(tenantId, { ms: this.past(tenantId, now) + ms, at: now });
    if (this.used.size <= MAX_TENANTS) return;
    for (const other of [...this.used.keys()]) if (this.past(other, now) < 1) this.used.delete(other);
  }

  /** Counts the time from now on. @returns ends it, with the time that it really was */
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
