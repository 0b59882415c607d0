/** Shows the progress of slow work: the step, how much of it is done, the time that it has taken, and the time left. */
export interface Reporter {
  /**
   * Announces the steps to come, so that the time left can be estimated.
   * @param seconds what each takes on two cores, by its id
   */
  plan(seconds: Readonly<Record<string, number>>): void;
  start(id: string, title: string): void;
  /**
   * @param text progress in a few words
   * @param fraction progress from 0 to 1, if it is known
   */
  progress(id: string, text: string, fraction?: number): void;
  done(id: string, note?: string): void;
  fail(id: string, error: Error): void;
}

interface Step {
  readonly title: string;
  readonly startedAt: number;
  text: string;
  fraction: number | undefined;
  saidAt: number;
}

/** Steps shorter than this are reported in one line when they are done. */
const QUIET_MS = 2_000;
const REPEAT_MS = 20_000;
const TICK_MS = 250;
/** The time left is not reported before this time has passed. */
const GUESS_MS = 15_000;
/** A step that reports no fraction is never shown as done before it is. */
const MOST_BY_TIME = 0.9;

export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** The time left of planned steps, from the speed of those so far. */
class Plan {
  private readonly startedAt = Date.now();
  private readonly ended = new Set<string>();

  public constructor(private readonly seconds: Readonly<Record<string, number>>) {}

  public end(id: string): void {
    this.ended.add(id);
  }

  /** @returns a line, or undefined while it would be a guess */
  public describe(steps: ReadonlyMap<string, Step>, now: number): string | undefined {
    const parts = Object.entries(this.seconds);
    const all = parts.reduce((sum, [, seconds]) => sum + seconds, 0);
    const done = parts.reduce((sum, [id, seconds]) => sum + seconds * this.part(id, seconds, steps, now), 0);
    const elapsed = now - this.startedAt;
    if (elapsed < GUESS_MS || done <= 0 || done >= all) return undefined;
    const left = Math.ceil((elapsed * (all - done)) / done / 60_000);
    return `  ${Math.floor((100 * done) / all)} % of everything (${duration(elapsed)}), about ${left} min left`;
  }

  private part(id: string, seconds: number, steps: ReadonlyMap<string, Step>, now: number): number {
    if (this.ended.has(id)) return 1;
    const step = steps.get(id);
    if (!step) return 0;
    return step.fraction ?? Math.min(MOST_BY_TIME, (now - step.startedAt) / 1000 / seconds);
  }
}

/**
 * A reporter that writes to standard error, so that a command's own output stays clean. On a terminal each running step
 * has a line that is redrawn; elsewhere a step that takes long prints a plain line every 20 s.
 */
export function createReporter(stream: NodeJS.WriteStream = process.stderr): Reporter {
  const steps = new Map<string, Step>();
  const live = stream.isTTY === true && !process.env.CI;
  let timer: NodeJS.Timeout | undefined;
  let plan: Plan | undefined;
  let drawn = 0;

  const clear = () => {
    if (drawn > 0) stream.write(`\r${drawn > 1 ? `\u001b[${drawn - 1}A` : ""}\u001b[J`);
    drawn = 0;
  };
  const line = (text: string) => {
    clear();
    stream.write(text + "\n");
  };
  const describe = (step: Step, now: number) =>
    `  ... ${step.title}${step.text ? `: ${step.text}` : ""} (${duration(now - step.startedAt)})`;
  const draw = (now: number) => {
    const lines = [...steps.values()].map((step) => describe(step, now));
    const total = plan?.describe(steps, now);
    const width = Math.max(20, (stream.columns || 80) - 1);
    clear();
    const shown = total ? [...lines, total] : lines;
    stream.write(shown.map((text) => text.slice(0, width)).join("\n"));
    drawn = shown.length;
  };
  const repeat = (now: number) => {
    const due = [...steps.values()].filter(
      (step) => now - step.saidAt >= (step.saidAt === step.startedAt ? QUIET_MS : REPEAT_MS),
    );
    for (const step of due) {
      step.saidAt = now;
      line(describe(step, now));
    }
    const total = due.length > 0 && plan?.describe(steps, now);
    if (total) line(total);
  };
  const tick = () => (live ? draw : repeat)(Date.now());
  const finish = (id: string, mark: string, note?: string) => {
    plan?.end(id);
    const step = steps.get(id);
    if (!step) return;
    steps.delete(id);
    const took = Date.now() - step.startedAt;
    const notes = [note, took > QUIET_MS ? duration(took) : undefined].filter(Boolean).join(", ");
    line(`  ${mark} ${step.title}${notes ? ` (${notes})` : ""}`);
    if (steps.size > 0 || !timer) return;
    clearInterval(timer);
    timer = undefined;
  };

  return {
    plan(seconds) {
      plan = new Plan(seconds);
    },
    start(id, title) {
      const now = Date.now();
      steps.set(id, { title, startedAt: now, text: "", fraction: undefined, saidAt: now });
      timer ??= setInterval(tick, TICK_MS).unref();
    },
    progress(id, text, fraction) {
      const step = steps.get(id);
      if (step) Object.assign(step, { text, fraction });
    },
    done: (id, note) => finish(id, "ok  ", note),
    fail: (id, error) => finish(id, "FAIL", error.message.split("\n")[0]),
  };
}

/** Runs `work` as a step of the reporter. */
export async function reportStep<T>(reporter: Reporter, id: string, title: string, work: () => Promise<T>): Promise<T> {
  reporter.start(id, title);
  try {
    const result = await work();
    reporter.done(id);
    return result;
  } catch (error) {
    reporter.fail(id, error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}
