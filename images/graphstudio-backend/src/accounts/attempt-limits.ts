import { createHash } from "node:crypto";
import { ServiceError } from "@nexus/service";
import type { Redis } from "ioredis";
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";

export interface AttemptLimitOptions {
  readonly redis: Redis;
  /** Failed log-ins of one address on one account. */
  readonly loginPerMinute: number;
  /** Failed log-ins on one account from all addresses together. */
  readonly accountPerMinute: number;
  /** Sign-ups and log-ins of one address. */
  readonly addressPerMinute: number;
}

const WINDOW_SECONDS = 60;
const MAILS_PER_HOUR = 5;
const KNOWN_SECONDS = 30 * 86_400;
const PREFIX = "nexus:limit:";

/** The keys are hashes, so that a reader of Redis sees no email address. */
function keyOf(...parts: readonly string[]): string {
  return createHash("sha256").update(parts.join("\n")).digest("base64url");
}

/**
 * Limits guesses. Somebody who guesses locks out only their own address. Guesses from many addresses are limited per
 * account; that limit does not apply to addresses that the owner logged in from before. The counts are in Redis for all
 * pods; without Redis each pod counts by itself and knows no address.
 */
export class AttemptLimits {
  private readonly byPair: RateLimiterRedis;
  private readonly byAccount: RateLimiterRedis;
  private readonly byAddress: RateLimiterRedis;
  private readonly byMailbox: RateLimiterRedis;

  constructor(private readonly options: AttemptLimitOptions) {
    const limiter = (name: string, points: number, duration = WINDOW_SECONDS) =>
      new RateLimiterRedis({
        storeClient: options.redis,
        keyPrefix: `${PREFIX}${name}`,
        points,
        duration,
        rejectIfRedisNotReady: true,
        insuranceLimiter: new RateLimiterMemory({ keyPrefix: name, points, duration }),
      });
    this.byPair = limiter("pair", options.loginPerMinute);
    this.byAccount = limiter("account", options.accountPerMinute);
    this.byAddress = limiter("address", options.addressPerMinute);
    this.byMailbox = limiter("mailbox", MAILS_PER_HOUR, 3600);
  }

  /** Counts a request before anything of it is read. */
  async request(address: string): Promise<void> {
    await consume(this.byAddress, address);
  }

  /** Counts a mail that somebody without an account asks for; nobody's mailbox is filled by strangers. */
  async mail(email: string): Promise<void> {
    await consume(this.byMailbox, keyOf(email));
  }

  /** Counts an attempt before its password is checked. */
  async logIn(address: string, email: string): Promise<void> {
    await consume(this.byPair, keyOf(address, email));
    if (!(await this.isKnown(address, email))) await consume(this.byAccount, keyOf(email));
  }

  /** After a success, earlier failures are forgotten, and the address is known. */
  async forgive(address: string, email: string): Promise<void> {
    const known = await this.isKnown(address, email);
    await this.byPair.delete(keyOf(address, email));
    if (!known) await this.byAccount.reward(keyOf(email), 1);
    const { redis } = this.options;
    await redis.set(knownKey(address, email), "1", "EX", KNOWN_SECONDS).catch(() => undefined);
  }

  private async isKnown(address: string, email: string): Promise<boolean> {
    return await this.options.redis.exists(knownKey(address, email)).then(
      (found) => found === 1,
      () => false,
    );
  }
}

function knownKey(address: string, email: string): string {
  return `${PREFIX}known:${keyOf(address, email)}`;
}

async function consume(limiter: RateLimiterRedis, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    throw new ServiceError("rate_limited", { retryAfterSeconds: Math.max(1, Math.ceil(error.msBeforeNext / 1000)) });
  }
}
