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

/** Connections to API servers that one tenant may cause. */
const CONNECTIONS_PER_MINUTE = 30;

/** Guesses of one address on one account, and on one account from all addresses that its owner never used. */
interface Guesses {
  readonly byPair: RateLimiterRedis;
  readonly byAccount: RateLimiterRedis;
}

const WINDOW_SECONDS = 60;
const MAILS_PER_HOUR = 5;
/** Three of a million codes are valid at a time, so even a guesser with the password has no chance. */
const CODES = { pair: 5, pairSeconds: 300, account: 20, accountSeconds: 3600 };
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
  private readonly logIns: Guesses;
  private readonly codes: Guesses;
  private readonly byAddress: RateLimiterRedis;
  private readonly byMailbox: RateLimiterRedis;
  private readonly byTenant: RateLimiterRedis;

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
    this.logIns = {
      byPair: limiter("pair", options.loginPerMinute),
      byAccount: limiter("account", options.accountPerMinute),
    };
    this.codes = {
      byPair: limiter("code-pair", CODES.pair, CODES.pairSeconds),
      byAccount: limiter("code-account", CODES.account, CODES.accountSeconds),
    };
    this.byAddress = limiter("address", options.addressPerMinute);
    this.byMailbox = limiter("mailbox", MAILS_PER_HOUR, 3600);
    this.byTenant = limiter("cluster", CONNECTIONS_PER_MINUTE);
  }

  /** Counts a request before anything of it is read. */
  async request(address: string): Promise<void> {
    await consume(this.byAddress, address);
  }

  /** Counts the mails to an address, so that strangers cannot fill a mailbox. */
  async mail(email: string): Promise<void> {
    await consume(this.byMailbox, keyOf(email));
  }

  /** Counts a connection to an API server that a tenant named, so that nobody scans networks with it. */
  async connection(tenantId: string): Promise<void> {
    await consume(this.byTenant, tenantId);
  }

  /** Counts an attempt before its password is checked. */
  async logIn(address: string, email: string): Promise<void> {
    await this.count(this.logIns, address, email);
  }

  /** Counts a code of a second factor before it is checked. */
  async code(address: string, email: string): Promise<void> {
    await this.count(this.codes, address, email);
  }

  /** After a success, earlier failures are forgotten, and the address is known. */
  async forgive(address: string, email: string): Promise<void> {
    await this.forget(this.logIns, address, email);
    const { redis } = this.options;
    await redis.set(knownKey(address, email), "1", "EX", KNOWN_SECONDS).catch(() => undefined);
  }

  /** After a right code, earlier wrong ones are forgotten. */
  async forgiveCode(address: string, email: string): Promise<void> {
    await this.forget(this.codes, address, email);
  }

  private async count({ byPair, byAccount }: Guesses, address: string, email: string): Promise<void> {
    await consume(byPair, keyOf(address, email));
    if (!(await this.isKnown(address, email))) await consume(byAccount, keyOf(email));
  }

  private async forget({ byPair, byAccount }: Guesses, address: string, email: string): Promise<void> {
    await byPair.delete(keyOf(address, email));
    if (!(await this.isKnown(address, email))) await byAccount.reward(keyOf(email), 1);
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
