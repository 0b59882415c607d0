import { ServiceError } from "@nexus/service";
import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  DelegateBackoff,
  handleWhen,
  type IRetryBackoffContext,
  retry,
} from "cockatiel";
import { UpstreamFailure } from "./failure";
import type { ProviderName } from "./schemas";

export interface ResilienceOptions {
  readonly provider: ProviderName;
  /** Further attempts after the first. */
  readonly retries: number;
  readonly baseMs: number;
  readonly maxMs: number;
  readonly breakerFailures: number;
  readonly breakerOpenMs: number;
  readonly onRetry: () => void;
  readonly onCircuit: (state: "open" | "half-open" | "closed") => void;
}

/**
 * The wait before attempt `attempt` (from 1): random, below a maximum that doubles, plus the wait that the provider
 * asked for.
 */
export function backoffMs(attempt: number, askedMs: number, baseMs: number, maxMs: number, random: number): number {
  const bound = Math.min(maxMs, baseMs * 2 ** (attempt - 1));
  return Math.min(maxMs, askedMs + random * bound);
}

function failureOf(context: IRetryBackoffContext<unknown>): UpstreamFailure | undefined {
  const { result } = context;
  return "error" in result && result.error instanceof UpstreamFailure ? result.error : undefined;
}

/** Retries and the circuit breaker of one provider, shared by all requests of this pod. */
export class Resilience {
  private readonly breaker;
  private readonly retries;

  constructor(private readonly options: ResilienceOptions) {
    const { baseMs, maxMs } = options;
    this.breaker = circuitBreaker(
      handleWhen((error) => error instanceof UpstreamFailure && error.breaks),
      { halfOpenAfter: options.breakerOpenMs, breaker: new ConsecutiveBreaker(options.breakerFailures) },
    );
    const worthIt = (error: Error) =>
      error instanceof UpstreamFailure && error.retryable && (error.facts.retryAfterMs ?? 0) <= maxMs;
    this.retries = retry(handleWhen(worthIt), {
      maxAttempts: options.retries,
      backoff: new DelegateBackoff((context) =>
        backoffMs(context.attempt, failureOf(context)?.facts.retryAfterMs ?? 0, baseMs, maxMs, Math.random()),
      ),
      // A disconnected caller must not keep the process from ending.
    }).dangerouslyUnref();
    this.retries.onRetry(() => options.onRetry());
    this.breaker.onBreak(() => options.onCircuit("open"));
    this.breaker.onHalfOpen(() => options.onCircuit("half-open"));
    this.breaker.onReset(() => options.onCircuit("closed"));
  }

  /** 1 while the circuit of the provider is open, else 0. */
  get open(): 0 | 1 {
    return this.breaker.state === CircuitState.Open ? 1 : 0;
  }

  async execute<T>(attempt: () => Promise<T>): Promise<T> {
    let last: UpstreamFailure | undefined;
    const remembering = async () => {
      try {
        return await attempt();
      } catch (error) {
        if (error instanceof UpstreamFailure) last = error;
        throw error;
      }
    };
    try {
      return await this.retries.execute(() => this.breaker.execute(remembering));
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      // The circuit may have opened because of this request's own failures; those are the better error.
      if (last) throw last;
      throw new ServiceError("upstream_unavailable", {
        detail: `${this.options.provider} failed ${this.options.breakerFailures} times in a row; its circuit is open, and no request is sent`,
        retryAfterSeconds: Math.max(1, Math.ceil(this.options.breakerOpenMs / 1000)),
      });
    }
  }
}
