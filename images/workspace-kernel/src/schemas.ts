import { idempotencyKeyText, nameText, type Page, TIME_POSITION } from "@nexus/service";
import { z } from "zod";
import { capabilities, executionErrorCodes, type JsonValue, logLevels, restartReasons } from "./sandbox/messages";
import type { HandlerRow } from "./store/handler-store";
import type { SnapshotRow } from "./store/snapshot-store";
import { stopReasons, type WorkspaceRow } from "./store/workspace-store";

export const MAX_CODE_BYTES = 256 * 1024;
export const MAX_INPUT_BYTES = 64 * 1024;
const MAX_KEEP_ALIVE_SECONDS = 24 * 3600;

/** Of one list. */
export const MAX_PAGE = 500;

const name = nameText(100);
const code = z
  .string()
  .refine(
    (text) => Buffer.byteLength(text) <= MAX_CODE_BYTES,
    `the code may have at most ${MAX_CODE_BYTES / 1024} KiB`,
  );
const identifier = z
  .string()
  .regex(/^[A-Za-z][\w.-]{0,63}$/, "give a letter, then at most 63 letters, digits, dots, dashes or underscores");
const json = z.custom<JsonValue>();
const input = json.default(null).refine((value) => Buffer.byteLength(JSON.stringify(value)) <= MAX_INPUT_BYTES, {
  message: `the input may have at most ${MAX_INPUT_BYTES / 1024} KiB of JSON`,
});

/** For requests that change something. The schema is loose, because headers that it does not name must stay. */
export const changeHeaders = z.looseObject({
  "idempotency-key": idempotencyKeyText
    .optional()
    .describe("The same key again gives the first answer again, for 24 hours, and changes nothing"),
});

/** Converted to one spelling, because ids are compared as texts. */
const uuid = (error: string) => z.uuid(error).toLowerCase();

export const workspaceId = uuid("give the id of a workspace");
export const workspaceParams = z.object({ workspaceId });
export const snapshotParams = z.object({ workspaceId, snapshotId: uuid("give the id of a snapshot") });
export const handlerParams = z.object({ workspaceId, handler: identifier });
export const panelParams = z.object({ workspaceId, panel: z.string().min(1).max(128) });

const pageSize = `give 1 to ${MAX_PAGE}`;
const page = z.object({
  limit: z.coerce
    .number(pageSize)
    .int(pageSize)
    .min(1, pageSize)
    .max(MAX_PAGE, pageSize)
    .default(MAX_PAGE)
    .describe("Maximum number of items"),
});
const afterNext = "`next` of the answer before; without it the list begins";
export const timePage = page.extend({
  after: z.string().regex(TIME_POSITION, "give `next` of the answer before").optional().describe(afterNext),
});
export const namePage = page.extend({ after: identifier.optional().describe(afterNext) });

export const createBody = z.object({ name });
export const executeBody = z.object({ code });
export const snapshotBody = z.object({ name });
export const restoreBody = z.object({ snapshotId: uuid("give the id of a snapshot") });
export const cloneBody = z.object({
  name,
  snapshotId: uuid("give the id of a snapshot")
    .optional()
    .describe("Without it, the present durable content is cloned"),
});
export const keepAliveBody = z.object({
  seconds: z
    .int("give whole seconds")
    .min(0, `give 0 to ${MAX_KEEP_ALIVE_SECONDS} seconds`)
    .max(MAX_KEEP_ALIVE_SECONDS, `give 0 to ${MAX_KEEP_ALIVE_SECONDS} seconds`)
    .describe("The workspace is not unloaded for being idle during this time; 0 ends it"),
});
export const handlerBody = z.object({
  code: code
    // PostgreSQL keeps every other character.
    .refine((text) => !text.includes("\0"), "the code must not hold the character U+0000; write \\0 in a text")
    .describe("Body of an async function with the parameter `input`; what it returns is the result"),
  capabilities: z
    .array(z.enum(capabilities))
    .max(capabilities.length, `give each of ${capabilities.join(", ")} once at most`)
    .default([...capabilities])
    .describe("Host functions that the handler may use"),
});
export const invokeBody = z.object({ input });
/** The same over a socket. */
export const invocation = z.strictObject({
  workspaceId,
  handler: identifier,
  input,
  idempotencyKey: idempotencyKeyText.optional(),
});
export const settingsBody = z.object({
  httpAllow: z
    .array(
      z
        .string()
        .regex(/^(\*\.)?[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?(:[1-9]\d{0,4})?$/, "give host, *.host or host:port"),
    )
    .max(100, "give at most 100 hosts")
    .describe("Hosts that workspaces of the tenant may call with fetch or ext.http; none by default"),
});

const next = z.string().nullable().describe("What to give as `after` for the rest of the list; null at its end");

export const workspace = z.object({
  id: z.uuid(),
  name: z.string(),
  state: z.enum(["running", "stopped"]).describe("running: a pod holds it; stopped: nobody does, see stopReason"),
  stopReason: z
    .enum(stopReasons)
    .nullable()
    .describe("requested: only resume brings it back; with any other reason the next request does"),
  stoppedAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  lastActiveAt: z.iso.datetime(),
  keepAliveUntil: z.iso.datetime().nullable(),
  memoryBytes: z
    .int()
    .min(0)
    .describe("Memory of a running workspace; memory that code frees is reused in it. 0 before its first execution"),
  ownerPod: z.string().nullable(),
});
export const workspaceList = z.object({ items: z.array(workspace), next });

export const executeResult = z.object({
  result: json.describe("The completion value as JSON; null when it has no JSON form"),
  resultType: z.string(),
  display: z.string().describe("The completion value as text for a person"),
  logs: z.array(z.object({ level: z.enum(logLevels), message: z.string() })).readonly(),
  truncated: z
    .boolean()
    .describe(
      "Something was left out of result, display or logs because of its size, or a result that is nested too deeply",
    ),
  droppedLogLines: z
    .int()
    .min(0)
    .default(0)
    .describe("Log lines that were left out, beyond the limits of one execution"),
  durationMs: z.number(),
  restarted: z.boolean().describe("Variables of earlier executions are gone; restartReason says why"),
  restartReason: z
    .enum(restartReasons)
    .optional()
    .describe("snapshot_incompatible: another build of the sandbox; what `state` keeps is still there"),
  rolledBack: z.boolean().describe("The execution was undone: the workspace is as it was before it"),
  error: z
    .object({ code: z.enum(executionErrorCodes), name: z.string(), message: z.string(), stack: z.string() })
    .optional(),
});

export const snapshot = z.object({
  id: z.uuid(),
  name: z.string(),
  createdAt: z.iso.datetime(),
  sizeBytes: z.number().min(0),
});
export const snapshotList = z.object({ items: z.array(snapshot), next });

export const handler = z.object({
  name: z.string(),
  version: z.int().min(1).describe("Incremented with every change"),
  code: z.string(),
  capabilities: z.array(z.enum(capabilities)),
  updatedAt: z.iso.datetime(),
});
export const handlerList = z.object({ items: z.array(handler), next });

export const panel = z.object({ name: z.string(), state: json });
export const panelList = z.object({
  seq: z.number().describe("Number of the newest stream entry that these panels contain"),
  items: z.array(panel),
});

export const tenantSettings = z.object({ httpAllow: z.array(z.string()) });

export function toWorkspace(row: WorkspaceRow): z.output<typeof workspace> {
  const running = row.ownerAlive && row.ownerPod !== null;
  return {
    id: row.id,
    name: row.name,
    state: running ? "running" : "stopped",
    stopReason: running ? null : row.stopReason,
    stoppedAt: running ? null : (row.stoppedAt?.toISOString() ?? null),
    createdAt: row.createdAt.toISOString(),
    lastActiveAt: row.lastActiveAt.toISOString(),
    keepAliveUntil: row.keepAliveMs > 0 ? (row.keepAliveUntil?.toISOString() ?? null) : null,
    memoryBytes: running ? row.memoryBytes : 0,
    ownerPod: running ? row.ownerPod : null,
  };
}

export function toSnapshot({ id, name, createdAt, sizeBytes }: SnapshotRow): z.output<typeof snapshot> {
  return { id, name, createdAt: createdAt.toISOString(), sizeBytes };
}

export function toHandler(row: HandlerRow): z.output<typeof handler> {
  return { ...row, capabilities: [...row.capabilities], updatedAt: row.updatedAt.toISOString() };
}

/** A page as it is answered. */
export function toList<Row, Item>({ items, next }: Page<Row>, toItem: (row: Row) => Item) {
  return { items: items.map(toItem), next: next ?? null };
}
