import { askBackend, type BackendAccess } from "./backend-request";
import { ServiceError } from "./errors";
import type { Logger } from "./log";
import { type Standing, STANDING_PATH, standingList } from "./standing";

/** The backend answers at a change, or after this time. */
export const STANDING_WAIT_MS = 20_000;
const ANSWER_MS = 3000;
const RETRY_MS = 500;
const OLD_BACKEND_RETRY_MS = 5000;
/** How long a request waits for the first list. */
const FIRST_MS = 1500;

export interface StandingFeedOptions extends BackendAccess {
  readonly standing: Standing;
  readonly log: Logger;
}

/**
 * Follows the backend's list of who may not work. While the backend is away the last list counts; before there is one,
 * nobody can tell, so requests wait for it and then fail.
 */
export class StandingFeed {
  private readonly stopped = new AbortController();
  private readonly url: URL;
  private known = false;
  private failing = false;
  private readonly first: Promise<void>;
  private announce: () => void = () => undefined;

  constructor(private readonly options: StandingFeedOptions) {
    this.url = new URL(STANDING_PATH, options.backendUrl);
    this.first = new Promise((resolve) => (this.announce = resolve));
    void this.follow();
  }

  /** Resolves once there is a list; at once, without a promise, from then on. */
  ready(): Promise<void> | undefined {
    return this.known ? undefined : this.wait();
  }

  /** Says that nothing is left of a deleted tenant. */
  async erased(tenantIds: readonly string[]): Promise<void> {
    const response = await this.ask(new URL(`${STANDING_PATH}/erased`, this.url), ANSWER_MS, { tenantIds });
    if (!response.ok) throw new Error(`${this.url.href}/erased answers ${response.status}`);
  }

  close(): void {
    this.stopped.abort();
  }

  private async wait(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, FIRST_MS)));
    await Promise.race([this.first, late]).finally(() => clearTimeout(timer));
    if (!this.known) throw new ServiceError("standing_unavailable", { retryAfterSeconds: 2 });
  }

  private async follow(): Promise<void> {
    const { standing, log } = this.options;
    while (!this.stopped.signal.aborted) {
      try {
        const pauseMs = await this.next();
        if (this.failing) log.info({ backend: this.url.origin }, "who is suspended is known again");
        this.failing = false;
        await this.pause(pauseMs);
      } catch (error) {
        if (this.stopped.signal.aborted) return;
        if (!this.failing) log.warn({ error, version: standing.version }, "the backend does not say who is suspended");
        this.failing = true;
        await this.pause(RETRY_MS);
      }
    }
  }

  /** @returns the time to wait before the next question */
  private async next(): Promise<number> {
    const { standing } = this.options;
    const url = new URL(this.url);
    url.searchParams.set("version", standing.version);
    const response = await this.ask(url, STANDING_WAIT_MS + ANSWER_MS);
    // A backend of the previous release suspends nobody.
    const isOld = response.status === 404;
    if (isOld) await response.body?.cancel();
    else if (!response.ok) throw new Error(`${url.origin} answers ${response.status}`);
    else standing.set(standingList.parse(await response.json()));
    this.known = true;
    this.announce();
    return isOld ? OLD_BACKEND_RETRY_MS : 0;
  }

  private async ask(url: URL, timeoutMs: number, body?: object): Promise<Response> {
    const signal = AbortSignal.any([this.stopped.signal, AbortSignal.timeout(timeoutMs)]);
    return await askBackend(url, this.options, signal, body);
  }

  private async pause(milliseconds: number): Promise<void> {
    if (milliseconds === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds).unref();
      this.stopped.signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
    });
  }
}
