import { randomId } from "./random-id";
import type { Tokens } from "./types";

const TOKEN = "nexus.refreshToken";
const SESSION = "nexus.session";

/** The part of sessionStorage that is used. */
export type KeyValueStorage = Pick<globalThis.Storage, "getItem" | "setItem" | "removeItem">;

/**
 * The access token lives in memory only. The refresh token is in sessionStorage: it survives a reload and ends with the
 * tab. A browser copies it to a tab that is duplicated or opened by the studio; those share the session from then on.
 */
export class TokenStore {
  private access: string | undefined;
  private readonly memory = new Map<string, string>();

  constructor(private readonly storage: KeyValueStorage) {}

  get accessToken(): string | undefined {
    return this.access;
  }

  get refreshToken(): string | null {
    return this.read(TOKEN);
  }

  /** Id of the session for its tabs only; null without tokens. */
  get session(): string | null {
    return this.read(SESSION);
  }

  get pair(): Tokens | undefined {
    const { accessToken, refreshToken } = this;
    return accessToken && refreshToken ? { accessToken, refreshToken } : undefined;
  }

  /** Stores the tokens of a new session, or the next ones of the present session. */
  set(tokens: Tokens): void {
    this.access = tokens.accessToken;
    this.write(TOKEN, tokens.refreshToken);
    if (!this.session) this.write(SESSION, randomId());
  }

  /** A token of another issuer: it cannot be refreshed, and a reload forgets it. */
  bring(accessToken: string): void {
    this.clear();
    this.access = accessToken;
  }

  clear(): void {
    this.access = undefined;
    this.memory.clear();
    for (const key of [TOKEN, SESSION]) this.guarded(() => this.storage.removeItem(key));
  }

  private read(key: string): string | null {
    return this.guarded(() => this.storage.getItem(key)) ?? this.memory.get(key) ?? null;
  }

  private write(key: string, value: string): void {
    this.memory.set(key, value);
    this.guarded(() => this.storage.setItem(key, value));
  }

  /** A browser may forbid storage; the session then lasts until the next reload. */
  private guarded<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch {
      return undefined;
    }
  }
}
