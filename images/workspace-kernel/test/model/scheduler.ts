/** A random number generator from 0 to 1, determined by a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Schedules that run concurrently: they share nothing, and one turn of the event loop serves all of them. */
const AT_ONCE = 50;

/** Runs schedules with the seeds from 1 to `count` and checks the end of each, in the order of the seeds. */
export async function playAll<T>(
  count: number,
  play: (seed: number) => Promise<T>,
  look: (end: T, seed: number) => void,
): Promise<void> {
  for (let first = 1; first <= count; first += AT_ONCE) {
    const seeds = Array.from({ length: Math.min(AT_ONCE, count - first + 1) }, (_, i) => first + i);
    for (const [i, end] of (await Promise.all(seeds.map(play))).entries()) look(end, first + i);
  }
}

/** Decides the order of waiting events: any order, but the same one for the same seed. */
export class Scheduler {
  private readonly waiting: (() => void)[] = [];

  constructor(readonly random: () => number) {}

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.random() * items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  /** Resolves at a moment that the scheduler chooses. */
  async turn(): Promise<void> {
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** Lets one waiting event happen, with everything that follows without waiting; false if none waits. */
  async step(): Promise<boolean> {
    await new Promise((resolve) => setImmediate(resolve));
    const [next] = this.waiting.splice(Math.floor(this.random() * this.waiting.length), 1);
    next?.();
    return next !== undefined;
  }

  /** Until nothing waits any more. */
  async run(): Promise<void> {
    while (await this.step()) if (this.waiting.length > 10_000) throw new Error("the schedule does not end");
  }
}
