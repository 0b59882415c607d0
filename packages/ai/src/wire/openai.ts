import { z } from "zod";
import type { FinishReason } from "../schemas";
import { failureOfStatus, type WireEvent, type WireFormat } from "./format";

const chunk = z.object({
  choices: z
    .array(
      z.object({
        delta: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }).nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  usage: z.object({ prompt_tokens: z.int().min(0), completion_tokens: z.int().min(0) }).nullish(),
  error: z.object({ code: z.unknown(), type: z.unknown() }).nullish(),
});

const problem = z.object({ error: z.object({ code: z.string().nullish(), type: z.string().nullish() }) });

function finishReason(reason: string): FinishReason {
  if (reason === "length") return "length";
  return reason === "content_filter" ? "refused" : "stop";
}

function read(data: string): WireEvent[] {
  if (data === "[DONE]") return [{ type: "end" }];
  const { choices, usage, error } = chunk.parse(JSON.parse(data));
  if (error) return [{ type: "failed", kind: "server" }];
  const events: WireEvent[] = [];
  const choice = choices?.[0];
  const text = choice?.delta?.content || choice?.delta?.refusal;
  if (text) events.push({ type: "text", text });
  if (choice?.finish_reason) events.push({ type: "finish", reason: finishReason(choice.finish_reason) });
  if (usage) {
    events.push({ type: "usage", inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens });
  }
  return events;
}

/** The chat completions API of OpenAI, which many other servers offer too. */
export const openai: WireFormat = {
  provider: "openai",
  path: "/chat/completions",
  headers: (key) => ({ authorization: `Bearer ${key}` }),
  body: ({ model, messages, maxTokens, temperature, topP, stop }) => ({
    model,
    messages,
    max_completion_tokens: maxTokens,
    temperature,
    top_p: topP,
    stop,
    stream: true,
    stream_options: { include_usage: true },
  }),
  read,
  failure: (status, body) => {
    const { code, type } = problem.safeParse(body).data?.error ?? {};
    if (code === "context_length_exceeded") return "contextTooLong";
    // An account without quota has the status of a rate limit, but waiting does not help.
    if (code === "insufficient_quota" || type === "insufficient_quota") return "quota";
    return failureOfStatus(status);
  },
};
