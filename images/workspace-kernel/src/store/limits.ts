import { limitReached, type Room, type ServiceError } from "@nexus/service";
import { MAX_ENTRIES, MAX_SAID_BYTES } from "../sandbox/host-bridge";
import { MAX_NAME } from "../sandbox/host-checks";
import type { StreamEntry } from "../sandbox/messages";

/** What stores hold workspaces and tenants to. */
export interface StoreLimits {
  readonly workspacesPerTenant: number;
  readonly snapshotsPerTenant: number;
  readonly snapshotsPerWorkspace: number;
  /** Stream entries of one workspace. */
  readonly streamBytes: number;
}

export const HANDLERS_PER_WORKSPACE = 100;
/** Entries of a stream that a subscriber can still ask for, where they are not too large together. */
export const KEPT_ENTRIES = 1000;
/** Old entries are looked for after each so many new ones, and after a write that said a lot. */
const PRUNE_ENTRIES = 64;
const PRUNE_BYTES = 16 * 1024;
/** What an entry takes beside its texts. */
const ENTRY_OVERHEAD_BYTES = 64;

export const entryBytes = ({ name, payload }: StreamEntry): number =>
  ENTRY_OVERHEAD_BYTES + Buffer.byteLength(name) + Buffer.byteLength(payload);

/** What an execution adds to the stream of its workspace. */
export const streamBytes = (entries: readonly StreamEntry[]): number =>
  entries.reduce((sum, entry) => sum + entryBytes(entry), 0);

/** The most that one execution can add; a character of a name is at most three bytes long. */
export const MAX_STREAM_BYTES = MAX_SAID_BYTES + MAX_ENTRIES * (ENTRY_OVERHEAD_BYTES + 3 * MAX_NAME);

/** Whether old entries are to be forgotten now that these were added. */
export function prunesAfter(entries: readonly StreamEntry[]): boolean {
  const last = entries.at(-1)?.seq ?? 0;
  return streamBytes(entries) >= PRUNE_BYTES || last % PRUNE_ENTRIES < entries.length;
}
/** What a subscriber who catches up is sent at a time, and a list holds of code; one entry or handler more. */
export const PAGE_BYTES = 256 * 1024;
export const PAGE_ENTRIES = 256;

/** Refuses to make a workspace active. */
export function noActiveRoom(usage: number, room: Room): ServiceError {
  const fact = `A tenant may have ${room.limit} active workspaces at once and has ${usage}`;
  return limitReached(fact, "stop one, wait until an idle one is unloaded", usage, room);
}

/** Throws when there are as many as there may be. @param what such as "workspaces" */
export function checkRoom(usage: number, room: Room, what: string, who = "A tenant"): void {
  if (usage >= room.limit) throw noRoom(usage, room, what, who);
}

export function noRoom(usage: number, room: Room, what: string, who = "A tenant"): ServiceError {
  return limitReached(`${who} may have ${room.limit} ${what} and has ${usage}`, "delete some", usage, room);
}
