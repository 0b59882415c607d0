import { isConnectionError, type Logger } from "@nexus/service";

export interface Repeating {
  readonly stop: () => Promise<void>;
}

/** Runs a task again and again with a pause between; a failure is logged once until the task works again. */
export function repeat(name: string, intervalMs: number, task: () => Promise<void>, log: Logger): Repeating {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let failing = false;
  let running: Promise<void> = Promise.resolve();

  async function once(): Promise<void> {
    try {
      await task();
      if (failing) log.info({ task: name }, "works again");
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ task: name, error, connection: isConnectionError(error) }, "failed, trying again");
      failing = true;
    }
    if (stopped) return;
    timer = setTimeout(() => {
      running = once();
    }, intervalMs);
  }

  running = once();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
