import type { ErrorCode } from "@nexus/service";

/** What routes may answer, for the OpenAPI document, from those that only read to those that run code. */
type Codes = readonly ErrorCode[];

export const stored: Codes = ["database_unavailable", "rate_limited"];
export const found: Codes = [...stored, "workspace_not_found", "workspace_ended"];
/** A change, carried out once for each idempotency key. */
export const once: Codes = [...stored, "idempotency_key_reused"];
/** Work of the pod that holds the workspace. */
export const placed: Codes = [...found, ...once, "workspace_busy", "owner_unreachable", "owner_moved"];
/** The same, and a workspace that nobody holds gets a pod. */
export const held: Codes = [...placed, "workspace_stopped", "kernel_full"];
export const executed: Codes = [...held, "commit_failed", "limit_reached"];
