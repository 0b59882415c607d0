export interface User {
  readonly id: string;
  readonly email: string;
  readonly tenantId: string;
  readonly role: "owner" | "member";
}

export interface Account extends User {
  readonly tenantName: string;
}

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

export interface Workspace {
  readonly id: string;
  readonly name: string;
  readonly state: "running" | "stopped";
  /** "requested": somebody stopped it, and only resuming brings it back. */
  readonly stopReason: string | null;
  readonly createdAt: string;
  readonly lastActiveAt: string;
  readonly memoryBytes: number;
  readonly ownerPod: string | null;
}

export interface LogLine {
  readonly level: "log" | "info" | "warn" | "error" | "debug";
  readonly message: string;
}

export interface ExecutionError {
  readonly code: string;
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

export interface Execution {
  readonly resultType: string;
  readonly display: string;
  readonly logs: readonly LogLine[];
  readonly durationMs: number;
  /** The run was undone: the workspace is as it was before it. */
  readonly rolledBack?: boolean;
  /** Something was left out because of its size. */
  readonly truncated?: boolean;
  /** Log lines that were left out. */
  readonly droppedLogLines?: number;
  /** The workspace began empty: variables of earlier executions are gone. */
  readonly restarted?: boolean;
  readonly restartReason?: string;
  readonly error?: ExecutionError;
}
