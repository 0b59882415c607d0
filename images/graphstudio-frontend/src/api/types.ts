export interface User {
  readonly id: string;
  readonly email: string;
  readonly tenantId: string;
  readonly role: "owner" | "admin" | "member" | "viewer";
}

export interface Account extends User {
  readonly tenantName: string;
}

/** What somebody with the link of an invitation sees. */
export interface Offer {
  readonly tenantName: string;
  readonly role: User["role"];
  readonly email: string | null;
  readonly invitedBy: string;
}

export interface Tenant {
  readonly id: string;
  readonly name: string;
}

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

export interface Workspace {
  readonly id: string;
  readonly name: string;
  readonly state: "running" | "stopped";
  /** "requested": a user stopped it, and only resuming brings it back. */
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
  /** The run was undone: the workspace is as it was before the run. */
  readonly rolledBack?: boolean;
  /** Something was left out because it is too large. */
  readonly truncated?: boolean;
  /** Number of log lines that were left out. */
  readonly droppedLogLines?: number;
  /** The workspace started empty: variables of earlier executions are lost. */
  readonly restarted?: boolean;
  readonly restartReason?: string;
  readonly error?: ExecutionError;
}

export type SignUpState = "open" | "invite" | "closed";
