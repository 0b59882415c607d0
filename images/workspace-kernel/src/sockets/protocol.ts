import type { Problem } from "@nexus/service";
import { z } from "zod";
import { invocation, workspaceId } from "../schemas";
import { readableTexts } from "../sandbox/json";
import type { JsonTexts, StreamEntry } from "../sandbox/messages";

/** What a client may send, one JSON object a message. */
export const clientMessage = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("subscribe"),
    workspaceId,
    /** Number of the newest entry that the client has; what came after it follows. Without it, the panels as they are. */
    since: z.int().min(0).optional(),
  }),
  z.strictObject({ type: z.literal("unsubscribe"), workspaceId }),
  invocation.extend({
    type: z.literal("invoke"),
    /** Comes back with the result. */
    id: z.string().min(1).max(100),
  }),
  /** Says that a person is there: the workspaces of this socket are not idle. */
  z.strictObject({ type: z.literal("ping") }),
  /** Another token of the same user and tenant, before the present one ends. */
  z.strictObject({ type: z.literal("authenticate"), token: z.string().min(1).max(16_384) }),
]);
export type ClientMessage = z.output<typeof clientMessage>;

/** JSON texts are put in as they are: they were read when they came out of the sandbox, and may be large. */
export function entryMessage(workspaceId: string, { seq, kind, name, payload }: StreamEntry): string {
  const head = `"workspaceId":"${workspaceId}","seq":${seq}`;
  if (kind === "event") return `{"type":"event",${head},"name":${JSON.stringify(name)},"payload":${payload}}`;
  return `{"type":"patch",${head},"panel":${JSON.stringify(name)},"op":"${kind}","value":${payload}}`;
}

export function panelsMessage(workspaceId: string, seq: number, panels: JsonTexts): string {
  const members = readableTexts(panels).map(({ name, text }) => `${JSON.stringify(name)}:${text}`);
  return `{"type":"panels","workspaceId":"${workspaceId}","seq":${seq},"panels":{${members.join(",")}}}`;
}

export function errorMessage(problem: Pick<Problem, "code" | "title" | "detail">, about: object): string {
  const { code, title, detail } = problem;
  return JSON.stringify({ type: "error", ...about, code, title, detail });
}
