import { ExponentialBackoff, handleWhen, retry } from "cockatiel";
import type { LogOutMark } from "./log-out-mark";
import { ApiError, networkError, sessionChanged, sessionEnded, toApiError } from "./problem";
import { randomId } from "./random-id";
import type { TokenStore } from "./token-store";
import type { Access, Mailed, Page } from "./types";

export interface ClientOptions {
  readonly tokens: TokenStore;
  readonly loggedOut: LogOutMark;
  readonly fetch: typeof globalThis.fetch;
  /** Called when the session has ended and only a new log-in helps. */
  readonly onSessionEnd: () => void;
  /** Called when the session belongs to another person or tenant than before. */
  readonly onSessionChange: () => void;
  /** Called when the person's role did not allow a request: the page offered it, so the role was changed meanwhile. */
  readonly onForbidden: () => void;
}

/** The only paths that the cookie of the session is sent to. */
const SESSION = "/auth/session";

export interface RequestOptions {
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /**
   * Requests of the session itself carry no access token.
   * @default true
   */
  readonly authenticated?: boolean;
  /** Requests with the same key are carried out once, however often they are sent. */
  readonly idempotencyKey?: string;
  /** The ETag of what the request changes. */
  readonly ifMatch?: string;
}

/** Another pod takes a workspace over within six seconds after its pod was lost. */
const untilTakenOver = retry(
  handleWhen((error) => error instanceof ApiError && error.passes),
  { maxAttempts: 8, backoff: new ExponentialBackoff({ initialDelay: 250, maxDelay: 2000 }) },
);

/** Sends JSON, adds the access token, and gets a new one when it has expired: one renewal for all waiting requests. */
export class ApiClient {
  private refreshing: Promise<boolean> | undefined;

  constructor(private readonly options: ClientOptions) {}

  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const response = await this.answer(method, path, options);
    // The caller states the type that the service documents for this path.
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  /** All items of a list, page by page. */
  async list<T>(path: string, signal?: AbortSignal): Promise<readonly T[]> {
    const all: T[] = [];
    for (let query = ""; ;) {
      const { items, next } = await this.request<Page<T>>("GET", path + query, { signal });
      all.push(...items);
      if (!next) return all;
      query = `?after=${encodeURIComponent(next)}`;
    }
  }

  /** What a service streams; the browser may keep it on the disk. */
  async download(path: string): Promise<Blob> {
    return await (await this.answer("GET", path, {})).blob();
  }

  /** The lines of JSON that a service streams, as they arrive. */
  async *lines<T>(method: string, path: string, options: RequestOptions): AsyncGenerator<T> {
    const { body } = await this.answer(method, path, options);
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value = "" } = (await reader?.read()) ?? { done: true };
      const [last = "", ...lines] = (rest + value).split("\n").reverse();
      for (const line of lines.reverse()) yield JSON.parse(line) as T;
      rest = last;
      if (done) return;
    }
  }

  private async answer(method: string, path: string, options: RequestOptions): Promise<Response> {
    const { tokens } = this.options;
    const authenticated = options.authenticated ?? true;
    if (authenticated && !tokens.accessToken && !(await this.refresh())) throw sessionEnded();
    const { accessToken: used, epoch } = tokens;
    let response = await this.send(method, path, options, authenticated ? used : undefined);
    // A request of one session is not sent again in another session.
    if (response.status === 401 && authenticated && tokens.epoch === epoch) {
      // Another request may have renewed the token meanwhile; then the new token is used without another renewal.
      if (tokens.accessToken !== used || (await this.refresh()))
        response = await this.send(method, path, options, tokens.accessToken);
    }
    if (response.ok) return response;
    const error = await toApiError(response);
    if (error.code === "forbidden") this.options.onForbidden();
    throw error;
  }

  /**
   * Sends a change of a workspace, and repeats it while no pod answers for the workspace. It is carried out only once.
   */
  change<T>(method: string, path: string, body?: unknown, idempotencyKey = randomId()): Promise<T> {
    const options = { body, idempotencyKey };
    return untilTakenOver.execute(() => this.request<T>(method, path, options));
  }

  /** Opens a session, or lets it go over to another tenant. @returns false where a link was mailed that opens it */
  async start(method: string, path: string, body: unknown): Promise<boolean> {
    await this.finishLogOut();
    const answer = await this.request<Access | Mailed>(method, SESSION + path, { body, authenticated: false });
    if (!("accessToken" in answer)) return false;
    this.options.tokens.start(answer);
    return true;
  }

  /** Ends the session of all tabs. The tab forgets it at once, and the server is told until it answers. */
  async logOut(): Promise<void> {
    this.options.loggedOut.set();
    this.options.tokens.clear();
    await this.finishLogOut().catch(() => undefined);
  }

  /** The access token for a WebSocket, renewed if asked; undefined if the session has ended. */
  async token(fresh: boolean): Promise<string | undefined> {
    const { tokens } = this.options;
    if ((fresh || !tokens.accessToken) && !(await this.refresh())) return undefined;
    return tokens.accessToken;
  }

  /** True if there is a new access token; false if the session has ended; throws if no server could tell. */
  refresh(): Promise<boolean> {
    this.refreshing ??= this.renewOrEnd().finally(() => (this.refreshing = undefined));
    return this.refreshing;
  }

  /** Gets an access token of the session; throws `session_invalid` if there is none. */
  async renew(): Promise<void> {
    const { tokens, onSessionChange } = this.options;
    const { epoch } = tokens;
    await this.finishLogOut();
    const access = await this.request<Access>("POST", `${SESSION}/token`, { body: {}, authenticated: false });
    // The user logged out meanwhile, or logged in, so the answer is about an old session.
    if (tokens.epoch !== epoch || tokens.renew(access)) return;
    tokens.clear();
    onSessionChange();
    throw sessionChanged();
  }

  private async renewOrEnd(): Promise<boolean> {
    const { tokens } = this.options;
    if (tokens.isBrought) return this.end();
    const { epoch } = tokens;
    try {
      await this.renew();
      return tokens.accessToken !== undefined;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      return tokens.epoch === epoch ? this.end() : tokens.accessToken !== undefined;
    }
  }

  private async finishLogOut(): Promise<void> {
    const { loggedOut } = this.options;
    if (!loggedOut.isSet) return;
    await this.request("DELETE", SESSION, { authenticated: false });
    loggedOut.clear();
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
    if (options.ifMatch !== undefined) headers["if-match"] = options.ifMatch;
    if (token) headers.authorization = `Bearer ${token}`;
    try {
      return await this.options.fetch(path, {
        method,
        headers,
        body: options.body === undefined ? undefined : JSON.stringify(options.body),
        signal: options.signal,
        credentials: path.startsWith(SESSION) ? "same-origin" : "omit",
      });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      throw networkError();
    }
  }
}
