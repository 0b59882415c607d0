import { ExponentialBackoff, handleWhen, retry } from "cockatiel";
import { ApiError, networkError, sessionEnded, toApiError } from "./problem";
import { randomId } from "./random-id";
import type { SessionChannel } from "./session-channel";
import type { TokenStore } from "./token-store";
import type { Tokens } from "./types";

export interface ClientOptions {
  readonly tokens: TokenStore;
  /** The other tabs of the session. */
  readonly tabs: SessionChannel;
  readonly fetch: typeof globalThis.fetch;
  /** Called when the session has ended and only a new log-in helps. */
  readonly onSessionEnd: () => void;
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /**
   * Requests for tokens themselves carry no access token.
   * @default true
   */
  readonly authenticated?: boolean;
  /** Requests with the same key are carried out once, however often they are sent. */
  readonly idempotencyKey?: string;
}

/** Another pod takes a workspace over within six seconds after its pod was lost. */
const untilTakenOver = retry(
  handleWhen((error) => error instanceof ApiError && error.passes),
  { maxAttempts: 8, backoff: new ExponentialBackoff({ initialDelay: 250, maxDelay: 2000 }) },
);

/** Sends JSON, adds the access token, and gets a new one when it has expired: one refresh for all waiting requests. */
export class ApiClient {
  private refreshing: Promise<boolean> | undefined;

  constructor(private readonly options: ClientOptions) {}

  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const { tokens } = this.options;
    const authenticated = options.authenticated ?? true;
    if (authenticated && !tokens.accessToken && !(await this.refresh())) throw sessionEnded();
    const used = tokens.accessToken;
    let response = await this.send(method, path, options, authenticated ? used : undefined);
    // Another request may have refreshed the token meanwhile; then the new token is used without another refresh.
    if (response.status === 401 && authenticated && (tokens.accessToken !== used || (await this.refresh()))) {
      response = await this.send(method, path, options, tokens.accessToken);
    }
    if (!response.ok) throw await toApiError(response);
    // The caller states the type that the service documents for this path.
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  /**
   * Sends a change of a workspace, and repeats it while no pod answers for the workspace. It is carried out only once.
   */
  change<T>(method: string, path: string, body?: unknown, idempotencyKey = randomId()): Promise<T> {
    const options = { body, idempotencyKey };
    return untilTakenOver.execute(() => this.request<T>(method, path, options));
  }

  /** The access token for a WebSocket, refreshed if asked; undefined if the session has ended. */
  async token(fresh: boolean): Promise<string | undefined> {
    const { tokens } = this.options;
    if ((fresh || !tokens.accessToken) && !(await this.refresh())) return undefined;
    return tokens.accessToken;
  }

  /** True if there is a new access token; false if the session has ended; throws if no server could tell. */
  refresh(): Promise<boolean> {
    this.refreshing ??= this.rotate().finally(() => (this.refreshing = undefined));
    return this.refreshing;
  }

  private async rotate(): Promise<boolean> {
    const { tokens, tabs } = this.options;
    if (!tokens.refreshToken) return this.end();
    if (!tokens.accessToken && (await tabs.ask())) return true;
    const { refreshToken } = tokens;
    // The user logged out meanwhile.
    if (!refreshToken) return false;
    const response = await this.send("POST", "/auth/refresh", { body: { refreshToken } }, undefined);
    // The user logged out meanwhile, or logged in as somebody else, so the answer is about an old session.
    if (tokens.refreshToken !== refreshToken) return tokens.accessToken !== undefined;
    if (response.ok) {
      tokens.set((await response.json()) as Tokens);
      tabs.tellTokens();
      return true;
    }
    const error = await toApiError(response);
    if (error.status === 400 || error.status === 401) return this.end();
    throw error;
  }

  private end(): false {
    this.options.tokens.clear();
    this.options.onSessionEnd();
    return false;
  }

  private async send(method: string, path: string, options: RequestOptions, token: string | undefined) {
    const headers: Record<string, string> = { accept: "application/json" };
    if (options.body !== undefined) headers["content-type"] = "application/json";
    if (options.idempotencyKey !== undefined) headers["idempotency-key"] = options.idempotencyKey;
    if (token) headers.authorization = `Bearer ${token}`;
    try {
      return await this.options.fetch(path, {
        method,
        headers,
        body: options.body === undefined ? undefined : JSON.stringify(options.body),
        signal: options.signal,
        credentials: "omit",
      });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      throw networkError();
    }
  }
}
