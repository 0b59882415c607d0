import { z } from "zod";
import { executionErrorCodes, type JsonValue, logLevels, restartReasons } from "./sandbox/messages";
import type { WorkspaceRow } from "./store/workspace-store";

export const MAX_CODE_BYTES = 256 * 1024;

export const workspaceParams = z.object({ workspaceId: z.uuid("give the id of a workspace") });

export const createBody = z.object({
  name: z
    .string()
    .trim()
    .min(1, "give a name")
    .max(100, "give at most 100 characters")
    .regex(/^\P{Cc}*$/u, "give a name without control characters"),
});

export const executeBody = z.object({
  code: z.string().refine((code) => Buffer.byteLength(code) <= MAX_CODE_BYTES, `give at most ${MAX_CODE_BYTES} bytes`),
});

export const workspace = z.object({
  id: z.uuid(),
  name: z.string(),
  state: z.enum(["running", "stopped"]),
  createdAt: z.iso.datetime(),
  lastActiveAt: z.iso.datetime(),
  memoryBytes: z.int().min(0),
  ownerPod: z.string().nullable(),
});

export const workspaceList = z.object({ items: z.array(workspace) });

export const executeResult = z.object({
  result: z.custom<JsonValue>().describe("The completion value as JSON; null when it has no JSON form"),
  resultType: z.string(),
  display: z.string().describe("The completion value as text for a person"),
  logs: z.array(z.object({ level: z.enum(logLevels), message: z.string() })).readonly(),
  truncated: z.boolean().describe("Something was left out of result, display or logs because of its size"),
  durationMs: z.number(),
  restarted: z
    .boolean()
    .describe("Variables of earlier executions are gone: the workspace began empty, or is empty now"),
  restartReason: z.enum(restartReasons).optional(),
  error: z
    .object({ code: z.enum(executionErrorCodes), name: z.string(), message: z.string(), stack: z.string() })
    .optional(),
});

export function toWorkspace(row: WorkspaceRow): z.output<typeof workspace> {
  const running = row.ownerAlive && row.ownerPod !== null;
  return {
    id: row.id,
    name: row.name,
    state: running ? "running" : "stopped",
    createdAt: row.createdAt.toISOString(),
    lastActiveAt: row.lastActiveAt.toISOString(),
    memoryBytes: running ? row.memoryBytes : 0,
    ownerPod: running ? row.ownerPod : null,
  };
}
