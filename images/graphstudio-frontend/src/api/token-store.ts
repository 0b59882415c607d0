import type { Tokens } from "./types";

const KEY = "nexus.refreshToken";

/** The part of sessionStorage that is used. */
export type KeyValueStorage = Pick<globalThis.Storage, "getItem" | "setItem" | "removeItem">;

/**
 * The access token lives in memory only. The refresh token is in sessionStorage: it survives a reload, ends with the
 * tab, and is not shared between tabs, which would otherwise use up each other's rotating token and be logged out.
 */
export class TokenStore {
  private access: string | undefined;
  private memoryOnly: string | null = null;

  constructor(private readonly storage: KeyValueStorage) {}

  get accessToken(): string | undefined {
    return this.access;
  }

  get refreshToken(): string | null {
    return this.guarded(() => this.storage.getItem(KEY)) ?? this.memoryOnly;
  }

  set(tokens: Tokens): void {
    this.access = tokens.accessToken;
    this.memoryOnly = tokens.refreshToken;
    this.guarded(() => this.storage.setItem(KEY, tokens.refreshToken));
  }

  /** A token that somebody else issued: there is none to refresh it with, and a reload forgets it. */
  bring(accessToken: string): void {
    this.clear();
    this.access = accessToken;
  }

  clear(): void {
    this.access = undefined;
    this.memoryOnly = null;
    this.guarded(() => this.storage.removeItem(KEY));
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
