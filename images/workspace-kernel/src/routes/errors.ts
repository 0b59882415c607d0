import type { ErrorCode } from "@nexus/service";

/** Errors of routes for the OpenAPI document, from routes that only read to routes that run code. */
type Codes = readonly ErrorCode[];

export const stored: Codes = ["database_unavailable", "rate_limited"];
export const found: Codes = [...stored, "workspace_not_found", "workspace_ended"];
/** A change, carried out once for each idempotency key. */
export const once: Codes = [...stored, "idempotency_key_reused"];
/** A change of a document. */
export const edited: Codes = [...found, ...once, "owner_unreachable", "owner_moved", "limit_reached"];
/** Work on the pod that holds the workspace. */
export const placed: Codes = [...found, ...once, "workspace_busy", "owner_unreachable", "owner_moved"];
/** The same, and a workspace without an owner gets one. */
export const held: Codes = [...placed, "workspace_stopped", "kernel_full", "limit_reached"];
export const executed: Codes = [...held, "commit_failed"];
