import { watchFaults } from "./faults";
import { createLogger, type Logger } from "./log";
import type { TracingEnv } from "./otel";
import { createShutdown, type ShutdownWork } from "./shutdown";
import { startTracing } from "./tracing";

/** Settings that each service has. */
export interface ServiceEnv extends TracingEnv {
  readonly LOG_LEVEL: string;
  readonly LOG_PRETTY: boolean;
  readonly SHUTDOWN_DRAIN_MS: number;
  readonly SHUTDOWN_TIMEOUT_MS: number;
}

/** What the process of a service offers to its parts. */
export interface ServiceProcess {
  readonly log: Logger;
  /** Fails from the moment the stop began: one of the checks of /ready. */
  readonly stopping: () => Promise<void>;
  /**
   * Sets what a stop does, and from then on stops on the signals that a pod gets. The last traces are sent after that.
   */
  readonly stopWith: (work: ShutdownWork) => void;
}

/** The process of a service from its start to its end. An error of `start` is printed, and the process exits with 1. */
export function runService(service: string, env: ServiceEnv, start: (own: ServiceProcess) => Promise<void>): void {
  const run = async () => {
    const log = createLogger({ service, level: env.LOG_LEVEL, pretty: env.LOG_PRETTY });
    log.info({ version: env.SERVICE_VERSION, pod: env.POD_NAME }, "starting");
    const stopTracing = await startTracing(env, service, log);
    const shutdown = createShutdown({ log, drainMs: env.SHUTDOWN_DRAIN_MS, timeoutMs: env.SHUTDOWN_TIMEOUT_MS });
    watchFaults(log, shutdown.end);
    const stopWith = ({ steps, ...work }: ShutdownWork) => {
      shutdown.prepare({ ...work, steps: [...steps, { name: "send the last traces", run: stopTracing }] });
      shutdown.listen();
    };
    await start({ log, stopping: shutdown.check, stopWith });
  };
  run().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  });
}
