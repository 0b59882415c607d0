import { z } from "zod";

export const providerNames = ["openai", "anthropic"] as const;
export type ProviderName = (typeof providerNames)[number];

const content = z.string().min(1, "give a text");

const message = z.strictObject({ role: z.enum(["system", "user", "assistant"]), content });
export type Message = z.output<typeof message>;

const options = {
  provider: z.enum(providerNames).optional(),
  model: z.string().min(1).max(200).optional(),
  maxTokens: z.int().min(1, "give at least 1").optional().describe("Maximum length of the answer, in tokens"),
  temperature: z.number().min(0).max(2).optional().describe("0 to 2 with OpenAI, 0 to 1 with Anthropic"),
  topP: z.number().gt(0, "give more than 0").max(1).optional(),
  stop: z.array(z.string().min(1).max(100)).min(1).max(4).optional().describe("Texts that end the answer"),
  stream: z.boolean().default(false).describe("Answer as Server-Sent Events: delta, then done or error"),
  cache: z.boolean().optional().describe("Whether a stored answer may be returned; by default only at temperature 0"),
  workspaceId: z.uuid().optional().describe("The workspace that asks, for the log"),
};

export const chatBody = z.strictObject({
  messages: z
    .array(message)
    .min(1, "give at least one message")
    .max(500, "give at most 500 messages")
    .refine((messages) => messages.some(({ role }) => role !== "system"), "give at least one message of the user"),
  ...options,
});
export type ChatBody = z.output<typeof chatBody>;

export const completionBody = z.strictObject({ prompt: content, system: content.optional(), ...options });
export type CompletionBody = z.output<typeof completionBody>;

/** Both providers only offer chat, so a completion is a chat of one message. */
export function toChat({ prompt, system, ...rest }: CompletionBody): ChatBody {
  const user = { role: "user" as const, content: prompt };
  return { ...rest, messages: system === undefined ? [user] : [{ role: "system", content: system }, user] };
}

export const finishReasons = ["stop", "length", "refused"] as const;
export type FinishReason = (typeof finishReasons)[number];

const usage = z.object({
  inputTokens: z.int(),
  outputTokens: z.int(),
  totalTokens: z.int(),
  estimated: z.boolean().describe("The provider did not report all of it"),
});
export type Usage = z.output<typeof usage>;

export const answer = z.object({
  id: z.uuid(),
  provider: z.enum(providerNames),
  model: z.string(),
  text: z.string(),
  finishReason: z.enum(finishReasons),
  cached: z.boolean(),
  usage: usage.describe("What the answer cost the tenant's budget"),
});
export type AiAnswer = z.output<typeof answer>;

export const budgetState = z.object({
  limitTokens: z.int(),
  usedTokens: z.int(),
  reservedTokens: z.int().describe("Held by answers that are being written"),
  remainingTokens: z.int(),
  resetsAt: z.iso.datetime(),
  source: z.enum(["shared", "local"]).describe("local: Redis cannot be reached, and this pod counts by itself"),
});
export type BudgetState = z.output<typeof budgetState>;

export const modelList = z.object({
  configured: z.boolean(),
  models: z.array(z.object({ provider: z.enum(providerNames), model: z.string(), default: z.boolean() })),
});
export type ModelList = z.output<typeof modelList>;
