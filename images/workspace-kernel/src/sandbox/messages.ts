/** The protocol between the server's thread and a sandbox worker. */

export interface SandboxLimits {
  readonly memoryBytes: number;
  readonly timeoutMs: number;
}

export interface WorkerSetup {
  /** Compiled once in the server's thread, shared by all workers, instantiated once per workspace. */
  readonly wasmModule: WebAssembly.Module;
  readonly limits: SandboxLimits;
}

export type WorkerRequest =
  | { readonly type: "execute"; readonly id: number; readonly workspaceId: string; readonly code: string }
  | { readonly type: "dispose"; readonly workspaceId: string };

export type WorkerReply =
  { readonly type: "ready" } | { readonly type: "result"; readonly id: number; readonly outcome: ExecutionOutcome };

export const logLevels = ["log", "info", "warn", "error", "debug"] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
}

/** Why an execution has no value. The codes are part of the API. */
export const executionErrorCodes = [
  "script_error",
  "syntax_error",
  "timeout",
  "memory_limit",
  "never_settled",
  "sandbox_crashed",
  "workspace_lost",
] as const;
export type ExecutionErrorCode = (typeof executionErrorCodes)[number];

export interface ExecutionError {
  readonly code: ExecutionErrorCode;
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** Why the variables of earlier executions are gone. */
export const restartReasons = ["taken_over", "workspace_lost", "sandbox_reset"] as const;
export type RestartReason = (typeof restartReasons)[number];

/** JSON as it came out of the sandbox. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

export interface ExecutionOutcome {
  readonly result: JsonValue;
  readonly resultType: string;
  readonly display: string;
  readonly logs: readonly LogLine[];
  /** Something was left out of result, display or logs because of its size. */
  readonly truncated: boolean;
  readonly durationMs: number;
  readonly memoryBytes: number;
  readonly error?: ExecutionError;
  /** The instance was replaced after this execution; the next one starts empty. */
  readonly reset: boolean;
}

/** An outcome without a value. */
export function failedOutcome(error: ExecutionError, durationMs: number, reset: boolean): ExecutionOutcome {
  return {
    result: null,
    resultType: "error",
    display: `${error.name}: ${error.message}`,
    logs: [],
    truncated: false,
    durationMs,
    memoryBytes: 0,
    error,
    reset,
  };
}
