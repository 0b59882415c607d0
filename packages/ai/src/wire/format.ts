import type { FailureKind } from "../failure";
import type { AiRequest } from "../models";
import type { FinishReason, ProviderName } from "../schemas";

/** The meaning of one piece of a provider's stream. */
export type WireEvent =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "usage"; readonly inputTokens?: number; readonly outputTokens?: number }
  | { readonly type: "finish"; readonly reason: FinishReason }
  | { readonly type: "end" }
  | { readonly type: "failed"; readonly kind: FailureKind };

/**
 * One provider's wire format. Answers are always requested as streams, so that a cancelled answer costs only what was
 * sent.
 */
export interface WireFormat {
  readonly provider: ProviderName;
  /** Path below the base URL. */
  readonly path: string;
  readonly headers: (key: string) => Record<string, string>;
  readonly body: (request: AiRequest) => Record<string, unknown>;
  /** Reads one event of the stream; throws when it does not have the format. */
  readonly read: (data: string) => readonly WireEvent[];
  /** Reads the body of an answer whose status is not 2xx. */
  readonly failure: (status: number, body: unknown) => FailureKind;
}

/** The meaning of a status if the body does not say more. */
export function failureOfStatus(status: number): FailureKind {
  if (status === 401 || status === 403) return "keyRejected";
  if (status === 402) return "quota";
  if (status === 404) return "unknownModel";
  if (status === 408 || status === 409 || status >= 500) return "server";
  if (status === 413) return "contextTooLong";
  if (status === 429) return "rateLimited";
  return "rejected";
}
