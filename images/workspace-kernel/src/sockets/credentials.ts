import { type Authentication, type Principal, ServiceError } from "@nexus/service";

export type TokenSources = Pick<Authentication, "identify" | "expiresAt" | "standing">;

/** Maximum delay of a Node.js timer in milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The user of a socket: its first token, or the last one that replaced it. */
export class Credentials {
  private timer: NodeJS.Timeout | undefined;

  /** @param onExpired called when the token has expired and no other one has arrived */
  constructor(
    private caller: Principal,
    private current: string | undefined,
    private readonly sources: TokenSources,
    private readonly onExpired: () => void,
  ) {
    this.watch();
  }

  /** With the role that counts now. Throws where the user may not work now. */
  get principal(): Principal {
    return this.sources.standing.admit(this.caller);
  }

  /** The plan that the present token names. */
  get plan(): string | undefined {
    return this.caller.plan;
  }

  get token(): string | undefined {
    return this.current;
  }

  /** Expiry of the token, for the client; undefined if tokens do not expire. */
  get expiresAt(): string | undefined {
    const time = this.sources.expiresAt(this.current);
    return time === undefined ? undefined : new Date(time).toISOString();
  }

  /** Accepts another token of the same user and tenant. Throws `unauthorized` for any other, and keeps the old one. */
  async renew(token: string): Promise<void> {
    const { userId, tenantId } = this.caller;
    const now = await this.sources.identify(token);
    if (now?.userId !== userId || now.tenantId !== tenantId) throw new ServiceError("unauthorized");
    [this.caller, this.current] = [now, token];
    this.watch();
  }

  end(): void {
    clearTimeout(this.timer);
  }

  private watch(): void {
    clearTimeout(this.timer);
    const expiresAt = this.sources.expiresAt(this.current);
    if (expiresAt === undefined) return;
    const leftMs = expiresAt - Date.now();
    const next = () => (leftMs > LONGEST_TIMER_MS ? this.watch() : this.onExpired());
    this.timer = setTimeout(next, Math.min(Math.max(0, leftMs), LONGEST_TIMER_MS)).unref();
  }
}
