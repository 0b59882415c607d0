import { type Authentication, type Principal, ServiceError } from "@nexus/service";

export type TokenSources = Pick<Authentication, "identify" | "expiresAt">;

/** Timers of Node.js count to this many milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Whose socket it is: the token that it came with, or the last one that replaced it. */
export class Credentials {
  private timer: NodeJS.Timeout | undefined;

  /** @param onExpired called once the token has ended and no other one came */
  constructor(
    readonly principal: Principal,
    private current: string | undefined,
    private readonly sources: TokenSources,
    private readonly onExpired: () => void,
  ) {
    this.watch();
  }

  get token(): string | undefined {
    return this.current;
  }

  /** When the token ends, for the client; undefined where tokens do not end. */
  get expiresAt(): string | undefined {
    const time = this.sources.expiresAt(this.current);
    return time === undefined ? undefined : new Date(time).toISOString();
  }

  /** Takes another token of the same user and tenant; throws `unauthorized`, and goes on with the old one then. */
  async renew(token: string): Promise<void> {
    const { userId, tenantId } = this.principal;
    const now = await this.sources.identify(token);
    if (now?.userId !== userId || now.tenantId !== tenantId) throw new ServiceError("unauthorized");
    this.current = token;
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
