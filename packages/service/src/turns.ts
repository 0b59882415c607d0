import pLimit, { type LimitFunction } from "p-limit";

/** Runs a limited amount of work of each owner, such as a tenant, at a time; the rest waits. */
export class Turns {
  private readonly turns = new Map<string, LimitFunction>();

  constructor(private readonly atOnce: number) {}

  /** How much work of an owner waits. */
  waiting(owner: string): number {
    return this.turns.get(owner)?.pendingCount ?? 0;
  }

  async run<T>(owner: string, work: () => Promise<T>): Promise<T> {
    const turn = this.turns.get(owner) ?? pLimit(this.atOnce);
    this.turns.set(owner, turn);
    try {
      return await turn(work);
    } finally {
      if (turn.activeCount + turn.pendingCount === 0) this.turns.delete(owner);
    }
  }
}
