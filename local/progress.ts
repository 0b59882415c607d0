/** Shows what takes long: what, how far, how long. */
export interface Reporter {
  start(id: string, title: string): void;
  /** @param text how far it is, in a few words */
  progress(id: string, text: string): void;
  done(id: string, note?: string): void;
  fail(id: string, error: Error): void;
}

interface Step {
  readonly title: string;
  readonly startedAt: number;
  text: string;
  saidAt: number;
}

/** Steps shorter than this are told in one line, when they are done. */
const QUIET_MS = 2_000;
const REPEAT_MS = 15_000;
const TICK_MS = 250;

export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/**
 * A reporter that writes to standard error, so that a command's own output stays clean. On a terminal the running
 * step is one line that is drawn anew; elsewhere it is a plain line when it starts to take long and every 15 s.
 */
export function createReporter(stream: NodeJS.WriteStream = process.stderr): Reporter {
  const steps = new Map<string, Step>();
  const live = stream.isTTY === true && !process.env.CI;
  let timer: NodeJS.Timeout | undefined;
  let drawn = false;

  const clear = () => {
    if (drawn) stream.write("\r\u001b[2K");
    drawn = false;
  };
  const line = (text: string) => {
    clear();
    stream.write(text + "\n");
  };
  const describe = (step: Step, now: number) =>
    `  ... ${step.title}${step.text ? `: ${step.text}` : ""} (${duration(now - step.startedAt)})`;
  const tick = () => {
    const now = Date.now();
    const running = [...steps.values()];
    if (live) {
      clear();
      const text = running.map((step) => describe(step, now)).join("  ");
      stream.write(text.slice(0, Math.max(20, (stream.columns || 80) - 1)));
      drawn = true;
      return;
    }
    for (const step of running) {
      if (now - step.saidAt < (step.saidAt === step.startedAt ? QUIET_MS : REPEAT_MS)) continue;
      step.saidAt = now;
      line(describe(step, now));
    }
  };
  const finish = (id: string, mark: string, note?: string) => {
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
    start(id, title) {
      const now = Date.now();
      steps.set(id, { title, startedAt: now, text: "", saidAt: now });
      timer ??= setInterval(tick, TICK_MS).unref();
    },
    progress(id, text) {
      const step = steps.get(id);
      if (step) step.text = text;
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
