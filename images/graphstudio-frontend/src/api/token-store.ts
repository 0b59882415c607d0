import type { Access } from "./types";

/** The access token, in memory only: the session itself is in a cookie that no script can read. */
export class TokenStore {
  private access: string | undefined;
  private owner: string | undefined;
  private brought = false;
  private resets = 0;

  get accessToken(): string | undefined {
    return this.access;
  }

  /** Whether the token is one of another issuer, which no session renews. */
  get isBrought(): boolean {
    return this.brought;
  }

  /** Changes when the session does, and not when its token is renewed. */
  get epoch(): number {
    return this.resets;
  }

  /** @returns false for a token of another person or tenant than the one before, which is not stored then */
  renew({ accessToken, user }: Access): boolean {
    const owner = `${user.id} ${user.tenantId}`;
    if (this.owner !== undefined && this.owner !== owner) return false;
    this.access = accessToken;
    this.owner = owner;
    return true;
  }

  /** Stores the token of a new session, or of another tenant. */
  start(access: Access): void {
    this.clear();
    this.renew(access);
  }

  /** A token of another issuer: it cannot be renewed, and a reload forgets it. */
  bring(accessToken: string): void {
    this.clear();
    this.access = accessToken;
    this.brought = true;
  }

  clear(): void {
    this.access = undefined;
    this.owner = undefined;
    this.brought = false;
    this.resets += 1;
  }
}
