import type { Problem } from "@nexus/service";
import { z } from "zod";
import { invocation, workspaceId } from "../schemas";
import { readableTexts } from "../sandbox/json";
import type { JsonTexts, StreamEntry } from "../sandbox/messages";

/** Messages of a client; each is one JSON object. */
export const clientMessage = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("subscribe"),
    workspaceId,
    /**
     * Number of the client's newest entry; the entries after it follow. Without it, all panels follow as they are now.
     */
    since: z.int().min(0).optional(),
  }),
  z.strictObject({ type: z.literal("unsubscribe"), workspaceId }),
  invocation.extend({
    type: z.literal("invoke"),
    /** Returned with the result. */
    id: z.string().min(1).max(100),
  }),
  /** Says that a person is present, so the workspaces of this socket are not idle. */
  z.strictObject({ type: z.literal("ping") }),
  /** Another token of the same user and tenant, sent before the present one expires. */
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
