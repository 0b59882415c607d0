import { createHash } from "node:crypto";
import { ServiceError } from "@nexus/service";
import type { Redis } from "ioredis";
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";

export interface AttemptLimitOptions {
  readonly redis: Redis;
  readonly loginPerMinute: number;
  readonly addressPerMinute: number;
}

const WINDOW_SECONDS = 60;

/** The key must not show an email to whoever reads Redis. */
function accountKey(address: string, email: string): string {
  return createHash("sha256").update(`${address}\n${email}`).digest("base64url");
}

/** Limits guesses. Counts live in Redis for all pods; without Redis each pod counts for itself. */
export class AttemptLimits {
  private readonly byAccount: RateLimiterRedis;
  private readonly byAddress: RateLimiterRedis;

  constructor(options: AttemptLimitOptions) {
    const limiter = (keyPrefix: string, points: number) =>
      new RateLimiterRedis({
        storeClient: options.redis,
        keyPrefix: `nexus:limit:${keyPrefix}`,
        points,
        duration: WINDOW_SECONDS,
        rejectIfRedisNotReady: true,
        insuranceLimiter: new RateLimiterMemory({ keyPrefix, points, duration: WINDOW_SECONDS }),
      });
    this.byAccount = limiter("account", options.loginPerMinute);
    this.byAddress = limiter("address", options.addressPerMinute);
  }

  async signUp(address: string): Promise<void> {
    await consume(this.byAddress, address);
  }

  async logIn(address: string, email: string): Promise<void> {
    await consume(this.byAddress, address);
    await consume(this.byAccount, accountKey(address, email));
  }

  /** After a success earlier slips no longer count. */
  async forgive(address: string, email: string): Promise<void> {
    await this.byAccount.delete(accountKey(address, email));
  }
}

async function consume(limiter: RateLimiterRedis, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    throw new ServiceError("rate_limited", { retryAfterSeconds: Math.max(1, Math.ceil(error.msBeforeNext / 1000)) });
  }
}
