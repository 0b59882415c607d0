import { createHash } from "node:crypto";
import type { Redis } from "ioredis";
import { z } from "zod";
import type { AiRequest } from "./models";
import { finishReasons } from "./schemas";

const stored = z.object({ text: z.string(), finishReason: z.enum(finishReasons) });
export type StoredAnswer = z.output<typeof stored>;

/** A longer answer is not stored, because Redis keeps everything in memory. */
const MAX_TEXT_LENGTH = 256 * 1024;

/** The tenant is part of the key, so no answer ever reaches another tenant; nothing can be read from the hash. */
export function cacheKey(tenantId: string, request: AiRequest): string {
  const { provider, model, messages, maxTokens, temperature, topP, stop } = request;
  const settings = [maxTokens, temperature ?? null, topP ?? null, stop ?? null];
  const texts = messages.map(({ role, content }) => [role, content]);
  const hash = createHash("sha256").update(JSON.stringify([tenantId, provider, model, settings, texts]));
  return `nexus:ai:cache:${hash.digest("base64url")}`;
}

/** Complete answers in Redis. Every failure of Redis counts as a miss. */
export class AnswerCache {
  constructor(
    private readonly redis: Redis,
    private readonly seconds: number,
  ) {}

  /**
   * Whether an answer to the request may be stored: the answer must be the same each time, or the caller asks for the
   * cache.
   */
  admits(request: AiRequest, wish: boolean | undefined): boolean {
    return this.seconds > 0 && (wish ?? request.temperature === 0);
  }

  async get(key: string): Promise<StoredAnswer | undefined> {
    try {
      const value = await this.redis.get(key);
      return value === null ? undefined : stored.parse(JSON.parse(value));
    } catch {
      return undefined;
    }
  }

  async put(key: string, { text, finishReason }: StoredAnswer): Promise<void> {
    if (text.length > MAX_TEXT_LENGTH || finishReason === "refused") return;
    try {
      await this.redis.set(key, JSON.stringify({ text, finishReason }), "EX", this.seconds);
    } catch {
      // The next request asks the provider again.
    }
  }
}
