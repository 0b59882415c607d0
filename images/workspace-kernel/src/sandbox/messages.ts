import type { SourceFile } from "./modules";

/** The protocol between the server's thread and a sandbox worker. */

export interface SandboxLimits {
  readonly memoryBytes: number;
  readonly timeoutMs: number;
}

export interface WorkerSetup {
  /** Compiled once in the server's thread, shared by all workers, instantiated once per workspace. */
  readonly wasmModule: WebAssembly.Module;
  /** SHA-256 of the module's bytes. */
  readonly wasmHash: string;
  readonly limits: SandboxLimits;
}

/** What a handler may use of the host. */
export const capabilities = ["state:read", "state:write", "events:emit", "view:update", "ext"] as const;
export type Capability = (typeof capabilities)[number];

/** Parses the code of a handler; the result is its script. Needs no instance. */
export interface PrepareTask {
  readonly kind: "prepare";
  readonly code: string;
}

/** Reads cells; the result is what {@link CellFacts} says of each, up to the one at which the time ends. Needs no instance. */
export interface ReadTask {
  readonly kind: "read";
  readonly codes: readonly string[];
  /** Time for all of them. */
  readonly timeoutMs: number;
}

/** One step for a worker. */
export type Task = InstanceTask | PrepareTask | ReadTask;

/** Code to run in a workspace. */
export type InstanceTask =
  /** `files`: what it may import. */
  | { readonly kind: "cell"; readonly code: string; readonly files?: readonly SourceFile[] }
  | {
      readonly kind: "handler";
      readonly name: string;
      /** Content hash of the code: the workspace compiles it again only when it changes. */
      readonly hash: string;
      /** Script text whose value is the handler's function. */
      readonly script: string;
      /** JSON text. */
      readonly input: string;
      readonly capabilities: readonly Capability[];
    };

/** The durable form of a workspace: segments of its memory in order, and what it keeps outside of it. */
export interface WorkspaceImage {
  /** Empty for a workspace that never ran, or whose memory this build cannot read. Each has a buffer of its own. */
  readonly segments: readonly Uint8Array[];
  readonly memoryBytes: number;
  readonly data: WorkspaceData;
}

/** JSON texts by name. */
export type JsonTexts = Readonly<Record<string, string>>;

export interface WorkspaceData {
  readonly state: JsonTexts;
  readonly panels: JsonTexts;
  /** Number of the newest entry of the workspace's stream. */
  readonly streamSeq: number;
}

/** A change that subscribers of a workspace are told about, in this order. */
export interface StreamEntry {
  readonly seq: number;
  /**
   * `set` replaces a panel, `patch` is an RFC 7396 merge patch of it, `remove` ends it; an `event` belongs to no panel.
   */
  readonly kind: "set" | "patch" | "remove" | "event";
  /** Name of the panel or the event. */
  readonly name: string;
  /** JSON text. */
  readonly payload: string;
}

/** What an execution changed. It is stored before the result is sent to anybody. */
export interface WorkspaceChange {
  /** Pages that changed, compressed. */
  readonly segment: Uint8Array;
  /** The segment contains every page, so earlier segments are no longer needed. */
  readonly full: boolean;
  readonly memoryBytes: number;
  /** Only set if it changed. */
  readonly state?: JsonTexts;
  readonly panels?: JsonTexts;
  readonly entries: readonly StreamEntry[];
}

/** What code can ask of the host that takes time. */
export const callKinds = ["http", "fetch", "ai"] as const;
export type CallKind = (typeof callKinds)[number];

/** A call to the host that it answers later. */
export interface HostCall {
  readonly call: number;
  readonly kind: CallKind;
  /** JSON text. */
  readonly request: string;
}

export interface HostCallAnswer {
  /** JSON text; for an error, that of `{ name, message }`, and of a `code` if it has one. */
  readonly value?: string;
  readonly error?: string;
}

/** What an execution waits for. */
export interface Wait {
  /** Calls that began since it last waited. */
  readonly calls: readonly HostCall[];
  /** Calls of earlier steps whose answer nobody needs any more. */
  readonly cancelled: readonly number[];
  /** Time until the next timer; undefined if there is none. */
  readonly waitMs: number | undefined;
}

/** The engine with its prelude and its layout, on which the stored heaps depend. */
export interface SandboxBuild {
  readonly id: string;
  /** Builds whose heaps it can read: itself, and itself with earlier formats of the segments. */
  readonly reads: readonly string[];
}

export type WorkerRequest =
  | {
      readonly type: "run";
      readonly id: number;
      readonly workspaceId: string;
      readonly task: Task;
      /** Set if the worker does not have the workspace in memory. */
      readonly image: WorkspaceImage | undefined;
    }
  | {
      readonly type: "settle";
      readonly id: number;
      readonly workspaceId: string;
      readonly call: number;
      readonly answer: HostCallAnswer;
    }
  | { readonly type: "dispose"; readonly workspaceId: string }
  | { readonly type: "warm" };

export type WorkerReply =
  /** `thread`: Linux' id of the worker's thread. */
  | { readonly type: "ready"; readonly build: SandboxBuild; readonly thread: number | undefined }
  | { readonly type: "warmed" }
  | ({ readonly type: "waiting"; readonly id: number } & Wait)
  | {
      readonly type: "result";
      readonly id: number;
      readonly outcome: ExecutionOutcome;
      readonly change: WorkspaceChange | undefined;
      readonly resumeMs: number;
    };

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
  "stopped",
] as const;
export type ExecutionErrorCode = (typeof executionErrorCodes)[number];

export interface ExecutionError {
  readonly code: ExecutionErrorCode;
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** JSON as it came out of the sandbox. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

export interface ExecutionOutcome {
  readonly result: JsonValue;
  readonly resultType: string;
  readonly display: string;
  readonly logs: readonly LogLine[];
  /** A part of result, display or logs was left out because it is too large or nested too deeply. */
  readonly truncated: boolean;
  readonly droppedLogLines: number;
  readonly durationMs: number;
  readonly memoryBytes: number;
  readonly hostCalls: number;
  readonly error?: ExecutionError;
  /** The instance cannot be used any more; the workspace returns to its state before this execution. */
  readonly reset: boolean;
}

/** The outcome of a task without an instance. */
export function outcomeOf(result: JsonValue, durationMs: number, reset: boolean): ExecutionOutcome {
  return {
    result,
    resultType: typeof result,
    display: "",
    logs: [],
    truncated: false,
    droppedLogLines: 0,
    durationMs,
    memoryBytes: 0,
    hostCalls: 0,
    reset,
  };
}

/** An outcome without a value. */
export function failedOutcome(error: ExecutionError, durationMs: number, reset: boolean): ExecutionOutcome {
  const display = `${error.name}: ${error.message}`;
  return { ...outcomeOf(null, durationMs, reset), resultType: "error", display, error };
}

/** Why the variables of earlier executions are gone. */
export const restartReasons = ["snapshot_incompatible"] as const;
export type RestartReason = (typeof restartReasons)[number];
