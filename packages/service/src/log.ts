import pino from "pino";
import pretty from "pino-pretty";
import { isError } from "./is-error";

export type Logger = pino.Logger;

export interface LogOptions {
  readonly service: string;
  /** @default "info" */
  readonly level?: string;
  /**
   * Readable lines for people instead of JSON.
   * @default false
   */
  readonly pretty?: boolean;
  /**
   * Where the lines are written.
   * @default standard output
   */
  readonly destination?: pino.DestinationStream;
}

/** Name, message, stack and code of an error and of its causes; no other members of the object. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!isError(error)) return { name: "NonError", message: String(error) };
  const { name, message, stack, cause } = error;
  const code = "code" in error ? error.code : undefined;
  return { name, message, code, stack, ...(cause === undefined ? {} : { cause: describeError(cause) }) };
}

/**
 * The JSON log of B28. `workspaceId` and `userId` are on every line, null unless the call gives them. They are given
 * per call and never as child bindings, because pino would then write the key twice.
 */
export function createLogger(options: LogOptions): Logger {
  const destination = options.destination ?? pino.destination({ dest: 1, sync: true });
  return pino(
    {
      level: options.level ?? "info",
      base: { service: options.service },
      messageKey: "message",
      errorKey: "error",
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
      serializers: { error: describeError },
      mixin: () => ({ workspaceId: null, userId: null }),
    },
    options.pretty
      ? pretty({ destination, messageKey: "message", timestampKey: "timestamp", ignore: "service", sync: true })
      : destination,
  );
}
