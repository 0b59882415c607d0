import { ServiceError } from "@nexus/service";

/** Limits what goes on at one time in the pod and for each tenant, so that no tenant takes all of it. */
export class Slots {
  private total = 0;
  private readonly tenants = new Map<string, number>();

  /** @param what what is counted, such as "answers are being written" */
  constructor(
    private readonly what: string,
    private readonly max: number,
    private readonly maxPerTenant: number,
  ) {}

  get taken(): number {
    return this.total;
  }

  /** Takes a slot and returns the function that frees it; throws `ai_busy` if there is none. */
  take(tenantId: string): () => void {
    const own = this.tenants.get(tenantId) ?? 0;
    if (own >= this.maxPerTenant) throw busy(`${own} ${this.what} for this tenant already`);
    if (this.total >= this.max) throw busy(`${this.total} ${this.what} already`);
    this.tenants.set(tenantId, own + 1);
    this.total += 1;
    let freed = false;
    return () => {
      if (freed) return;
      freed = true;
      this.total -= 1;
      const left = (this.tenants.get(tenantId) ?? 1) - 1;
      if (left === 0) this.tenants.delete(tenantId);
      else this.tenants.set(tenantId, left);
    };
  }
}

function busy(detail: string): ServiceError {
  return new ServiceError("ai_busy", { detail, retryAfterSeconds: 2 });
}
