import { z } from "zod";
import type { FailureKind } from "../failure";
import type { FinishReason } from "../schemas";
import { failureOfStatus, type WireEvent, type WireFormat } from "./format";

const count = z.int().min(0).nullish();

const event = z.object({
  type: z.string(),
  message: z
    .object({
      usage: z.object({
        input_tokens: count,
        cache_creation_input_tokens: count,
        cache_read_input_tokens: count,
        output_tokens: count,
      }),
    })
    .nullish(),
  delta: z
    .object({ type: z.string().nullish(), text: z.string().nullish(), stop_reason: z.string().nullish() })
    .nullish(),
  usage: z.object({ output_tokens: count }).nullish(),
  error: z.object({ type: z.string().nullish() }).nullish(),
});

const problem = z.object({ error: z.object({ type: z.string().nullish(), message: z.string().nullish() }) });

const failureTypes: Readonly<Record<string, FailureKind>> = {
  authentication_error: "keyRejected",
  permission_error: "keyRejected",
  billing_error: "quota",
  rate_limit_error: "rateLimited",
  request_too_large: "contextTooLong",
  invalid_request_error: "rejected",
};

function finishReason(reason: string): FinishReason {
  if (reason === "max_tokens" || reason === "model_context_window_exceeded") return "length";
  return reason === "refusal" ? "refused" : "stop";
}

function read(data: string): WireEvent[] {
  const { type, message, delta, usage, error } = event.parse(JSON.parse(data));
  switch (type) {
    case "message_start": {
      const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens } = message?.usage ?? {};
      if (typeof input_tokens !== "number") return [];
      const inputTokens = input_tokens + (cache_creation_input_tokens ?? 0) + (cache_read_input_tokens ?? 0);
      // The first count of the answer is a placeholder; the final event has the right one.
      return [{ type: "usage", inputTokens }];
    }
    case "content_block_delta":
      return delta?.type === "text_delta" && delta.text ? [{ type: "text", text: delta.text }] : [];
    case "message_delta": {
      const events: WireEvent[] = [];
      if (typeof usage?.output_tokens === "number") events.push({ type: "usage", outputTokens: usage.output_tokens });
      if (delta?.stop_reason) events.push({ type: "finish", reason: finishReason(delta.stop_reason) });
      return events;
    }
    case "message_stop":
      return [{ type: "end" }];
    case "error":
      return [{ type: "failed", kind: failureTypes[error?.type ?? ""] ?? "server" }];
    default:
      // The API may add kinds of events at any time; they must be ignored, like pings.
      return [];
  }
}

/** Anthropic's messages. */
export const anthropic: WireFormat = {
  provider: "anthropic",
  path: "/v1/messages",
  headers: (key) => ({ "x-api-key": key, "anthropic-version": "2023-06-01" }),
  body: ({ model, messages, maxTokens, temperature, topP, stop }) => {
    const system = messages.filter(({ role }) => role === "system").map(({ content }) => content);
    return {
      model,
      system: system.length > 0 ? system.join("\n\n") : undefined,
      messages: messages.filter(({ role }) => role !== "system"),
      max_tokens: maxTokens,
      temperature,
      top_p: topP,
      stop_sequences: stop,
      stream: true,
    };
  },
  read,
  failure: (status, body) => {
    const { type, message } = problem.safeParse(body).data?.error ?? {};
    // There is no error code for it; only the message shows it.
    if (status === 400 && /prompt is too long|context (window|limit|length)/i.test(message ?? ""))
      return "contextTooLong";
    if (status === 400 && /credit balance/i.test(message ?? "")) return "quota";
    return failureTypes[type ?? ""] ?? failureOfStatus(status);
  },
};
