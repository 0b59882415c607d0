import { createHmac, randomBytes } from "node:crypto";

/**
 * One way to the identity provider and back. The browser keeps the secret in a cookie; everything else is made from it, so
 * the answer counts in that browser alone, whichever pod gets it, and nothing is stored.
 */
export class Attempt {
  constructor(readonly secret: string) {}

  static begin(): Attempt {
    return new Attempt(randomBytes(32).toString("base64url"));
  }

  /** The attempt of a cookie; undefined where there is none. */
  static of(cookie: string | undefined): Attempt | undefined {
    return cookie !== undefined && /^[\w-]{43}$/.test(cookie) ? new Attempt(cookie) : undefined;
  }

  get state(): string {
    return this.derive("state");
  }

  get nonce(): string {
    return this.derive("nonce");
  }

  get codeVerifier(): string {
    return this.derive("code verifier");
  }

  private derive(purpose: string): string {
    return createHmac("sha256", this.secret).update(purpose).digest("base64url");
  }
}
