import type { Permission, Role } from "@nexus/contract";

export type { Role };

/** A part of a list that is read page by page. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Where the rest begins; null or nothing at the end. */
  readonly next?: string | null;
}

export interface User {
  readonly id: string;
  readonly email: string;
  readonly tenantId: string;
  readonly role: Role;
}

export interface Account extends User {
  readonly tenantName: string;
  /** Why the tenant is suspended. */
  readonly tenantSuspended?: string | null;
  /** Whether the user administers the platform. */
  readonly platformAdmin?: boolean;
}

/** What somebody with the link of an invitation sees. */
export interface Offer {
  readonly tenantName: string;
  readonly role: Role;
  readonly email: string | null;
  readonly invitedBy: string;
}

export interface Tenant {
  readonly id: string;
  readonly name: string;
  /** What the user may do there. */
  readonly permissions: readonly Permission[];
  readonly requiresSecondFactor: boolean;
  /** Whether the user sees nothing of it until they have a second factor. */
  readonly lacksSecondFactor: boolean;
}

export interface SecondFactorState {
  readonly on: boolean;
  /** How many are left. */
  readonly recoveryCodes: number;
}

export interface NewSecret {
  readonly secret: string;
  /** The same for a QR code. */
  readonly uri: string;
}

export interface AddressState {
  readonly email: string;
  readonly verified: boolean;
  /** Whether mails are sent here, so that an address can be confirmed or changed. */
  readonly mails: boolean;
}

/** What the session gives for the APIs. */
/** The answer to a sign-up where the account begins with a link that is mailed. */
export interface Mailed {
  readonly email: string;
}

export interface Access {
  readonly accessToken: string;
  readonly user: User;
}

export interface Member {
  readonly userId: string;
  readonly email: string;
  readonly role: Role;
}

export interface Invitation {
  readonly id: string;
  readonly role: Role;
  readonly email: string | null;
  readonly invitedBy: string;
  readonly expiresAt: string;
}

export interface MadeInvitation {
  /** Shown once. */
  readonly token: string;
  readonly mailed: boolean;
}

/** A log-in that is still valid. */
export interface LogInSession {
  readonly id: string;
  readonly kind: "browser" | "program";
  readonly startedAt: string;
  readonly endsAt: string;
  readonly address: string | null;
  readonly userAgent: string | null;
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
  /** The value as JSON; null when it has no JSON form, or is too large to be kept. */
  readonly result: unknown;
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

/** How people sign in. */
export interface SignInWays {
  readonly passwords: boolean;
  /** The identity provider; null where there is none. */
  readonly oidc: { readonly name: string } | null;
}

/** How the user can sign in. */
export interface OwnWays {
  readonly password: boolean;
  /** Whether the account is connected with the identity provider. */
  readonly oidc: boolean;
}

export type SignUpState = "open" | "invite" | "closed";
