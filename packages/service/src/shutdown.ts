import type { Logger } from "./log";

export interface ShutdownOptions {
  readonly log: Logger;
  /** Time in which readiness fails while requests are still served, so that endpoints and proxies remove this pod. */
  readonly drainMs: number;
  /** After this time the process ends, even if work still runs. */
  readonly timeoutMs: number;
}

/** What a stop does. */
export interface ShutdownWork {
  /** Called when the stop begins, while requests are still served. */
  readonly onStop?: () => void;
  /** Run in order; each is awaited, and a failing one does not keep the others from running. */
  readonly steps: readonly ShutdownStep[];
}

export interface ShutdownStep {
  readonly name: string;
  readonly run: () => Promise<unknown> | void;
}

export interface Shutdown {
  /** Throws from the start of the stop; meant for /ready. */
  readonly check: () => Promise<void>;
  /** Sets what a stop does. Call it when the parts that it ends exist. */
  readonly prepare: (work: ShutdownWork) => void;
  /** Runs the steps once; a second call returns the first one's promise. */
  readonly stop: (reason: string) => Promise<void>;
  /** Stops, and then ends the process with this code. */
  readonly end: (reason: string, code: number) => void;
  /** Stops on the signals that a pod gets, then exits 0. */
  readonly listen: () => void;
}

const SIGNALS = ["SIGTERM", "SIGINT", "SIGUSR2"] as const;

/** Orderly end of a service (D31): fail readiness, drain, close sockets, close the server, exit 0. */
export function createShutdown(options: ShutdownOptions): Shutdown {
  const { log } = options;
  let work: ShutdownWork = { steps: [] };
  let stopping: Promise<void> | undefined;

  async function run(reason: string): Promise<void> {
    log.info({ reason }, "stopping");
    work.onStop?.();
    await new Promise((resolve) => setTimeout(resolve, options.drainMs));
    for (const step of work.steps) {
      try {
        await step.run();
      } catch (error) {
        log.warn({ error, step: step.name }, "a shutdown step failed");
      }
    }
    log.info("stopped");
  }

  const stop = (reason: string) => (stopping ??= run(reason));
  const end = (reason: string, code: number) => {
    setTimeout(() => {
      log.error({ timeoutMs: options.timeoutMs }, "the shutdown took too long");
      process.exit(1);
    }, options.drainMs + options.timeoutMs).unref();
    void stop(reason).then(() => process.exit(code));
  };
  return {
    stop,
    end,
    prepare: (given) => {
      work = given;
    },
    check: async () => {
      if (stopping) throw new Error("shutting down");
    },
    listen: () => {
      for (const signal of SIGNALS) process.once(signal, () => end(signal, 0));
    },
  };
}
