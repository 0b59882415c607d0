import pLimit, { type LimitFunction } from "p-limit";

/** Runs a limited amount of work of each tenant at a time; the rest waits. */
export class TenantTurns {
  private readonly turns = new Map<string, LimitFunction>();

  constructor(private readonly atOnce: number) {}

  async run<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    const turn = this.turns.get(tenantId) ?? pLimit(this.atOnce);
    this.turns.set(tenantId, turn);
    try {
      return await turn(work);
    } finally {
      if (turn.activeCount + turn.pendingCount === 0) this.turns.delete(tenantId);
    }
  }
}
