import { type ErrorCode, ServiceError } from "@nexus/service";
import type { ProviderName } from "./schemas";

interface FailureRule {
  readonly code: ErrorCode;
  readonly text: string;
  /** Another attempt may succeed. */
  readonly retry?: true;
  /** Says that the provider itself has a problem, so the circuit breaker counts the failure. */
  readonly breaks?: true;
}

/** All ways in which a provider can fail. A timeout is not tried again: the caller has waited long enough. */
const rules = {
  rejected: { code: "ai_request_rejected", text: "does not accept this request" },
  unknownModel: { code: "upstream_error", text: "does not know the model that the operator allows" },
  contextTooLong: { code: "context_too_long", text: "cannot take a prompt and an answer of this length" },
  keyRejected: { code: "ai_key_rejected", text: "refuses our key" },
  quota: { code: "upstream_quota_exhausted", text: "says that our account has no quota left" },
  rateLimited: { code: "upstream_rate_limited", text: "limits our requests", retry: true },
  server: { code: "upstream_error", text: "failed", retry: true, breaks: true },
  connection: { code: "upstream_error", text: "cannot be reached", retry: true, breaks: true },
  cut: { code: "upstream_error", text: "ended the connection in the middle", retry: true, breaks: true },
  malformed: { code: "upstream_error", text: "sent an answer in another format", retry: true, breaks: true },
  tooLarge: { code: "upstream_error", text: "sent more than an answer may hold" },
  timeout: { code: "upstream_timeout", text: "did not answer in time", breaks: true },
} as const satisfies Record<string, FailureRule>;

export type FailureKind = keyof typeof rules;

export interface FailureFacts {
  readonly status?: number;
  readonly retryAfterMs?: number;
  /** The code of a system error, such as ECONNREFUSED. */
  readonly systemCode?: string;
  /** The provider had accepted the request, so it may charge for it. */
  readonly accepted?: boolean;
}

/**
 * A failed attempt at a provider. It contains facts only: the provider's text may repeat the prompt, the answer or the
 * key, and this error goes to logs and callers.
 */
export class UpstreamFailure extends Error {
  override readonly name = "UpstreamFailure";
  readonly code: string;

  constructor(
    readonly provider: ProviderName,
    readonly kind: FailureKind,
    readonly facts: FailureFacts = {},
  ) {
    const reason = [facts.status === undefined ? "" : `status ${facts.status}`, facts.systemCode ?? ""].filter(Boolean);
    super(`${provider} ${rules[kind].text}${reason.length > 0 ? ` (${reason.join(", ")})` : ""}`);
    this.code = kind;
  }

  get retryable(): boolean {
    return (rules[this.kind] as FailureRule).retry === true;
  }

  get breaks(): boolean {
    return (rules[this.kind] as FailureRule).breaks === true;
  }

  /** The caller's error if nothing of the answer was sent yet. */
  toServiceError(): ServiceError {
    const { retryAfterMs } = this.facts;
    const { code } = rules[this.kind];
    const fallback = this.retryable ? 5 : undefined;
    const retryAfterSeconds = retryAfterMs === undefined ? fallback : Math.max(1, Math.ceil(retryAfterMs / 1000));
    return new ServiceError(code, { detail: this.message, retryAfterSeconds, cause: this });
  }

  /** The caller's error if a part of the answer was sent already. */
  toInterruption(): ServiceError {
    return new ServiceError("stream_interrupted", { detail: this.message, cause: this });
  }
}
