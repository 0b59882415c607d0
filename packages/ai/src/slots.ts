import { ServiceError } from "@nexus/service";

/** Limits the concurrent answers of the pod and of each tenant, so that no tenant takes all of them. */
export class Slots {
  private total = 0;
  private readonly tenants = new Map<string, number>();

  constructor(
    private readonly max: number,
    private readonly maxPerTenant: number,
  ) {}

  get taken(): number {
    return this.total;
  }

  /** Takes a slot and returns the function that frees it; throws `ai_busy` if there is none. */
  take(tenantId: string): () => void {
    const own = this.tenants.get(tenantId) ?? 0;
    if (own >= this.maxPerTenant) throw busy(`${own} answers are being written for this tenant already`);
    if (this.total >= this.max) throw busy(`${this.total} answers are being written already`);
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
