import { decodeJwt } from "jose";
import type { AsyncTokenVerifier, Principal, TokenVerifier } from "./principal";

const MAX_TOKENS = 1000;

/** Expiry of a verified token, in milliseconds since 1970; undefined if it has none. */
export function tokenExpiry(token: string): number | undefined {
  const { exp } = decodeJwt(token);
  return exp === undefined ? undefined : exp * 1000;
}

/**
 * Verifies a token once and remembers it until it expires. Only valid tokens are remembered, so that strangers cannot
 * fill the memory. They are stored unhashed: the process has a key that signs tokens in its memory, so hashing would
 * protect nothing.
 */
export function rememberValid(verify: AsyncTokenVerifier): TokenVerifier {
  const known = new Map<string, { readonly principal: Principal; readonly endsAt: number }>();
  const learn = async (token: string) => {
    const principal = await verify(token);
    if (principal) {
      const oldest = known.keys().next().value;
      if (known.size >= MAX_TOKENS && oldest !== undefined) known.delete(oldest);
      known.set(token, { principal, endsAt: tokenExpiry(token) ?? 0 });
    }
    return principal;
  };
  return (token) => {
    const found = known.get(token);
    if (found && Date.now() < found.endsAt) return found.principal;
    known.delete(token);
    return learn(token);
  };
}
