import { ServiceError } from "@nexus/service";

/** Of one workspace. */
const MAXIMUM = { handlers: 100, snapshots: 20 };
/** Entries of a stream that a subscriber can still ask for. */
export const KEPT_ENTRIES = 1000;
/** Workspaces in one list. */
export const MAX_LISTED = 500;

/** Throws when a workspace has as many handlers or snapshots as it may have. */
export function checkRoom(count: number, what: keyof typeof MAXIMUM): void {
  const max = MAXIMUM[what];
  if (count >= max) throw new ServiceError("limit_reached", { detail: `A workspace may have ${max} ${what}` });
}
