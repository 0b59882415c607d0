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

/** A token in a URL, and what has the form of one: signed tokens and API keys. */
const TOKENS = [/(?<=[?&]token=)[^&\s"']+/g, /\b(?:eyJ|nxk_)[\w.-]+/g];

function withoutTokens(text: string): string {
  return TOKENS.reduce((rest, token) => rest.replace(token, "[hidden]"), text);
}

/** Name, message, stack and code of an error and of its causes, without tokens; no other members of the object. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!isError(error)) return { name: "NonError", message: withoutTokens(String(error)) };
  const { name, message, stack = "", cause } = error;
  const code = "code" in error ? error.code : undefined;
  const [said, where] = [message, stack].map(withoutTokens);
  return { name, message: said, code, stack: where, ...(cause === undefined ? {} : { cause: describeError(cause) }) };
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
