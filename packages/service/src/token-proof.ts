import { errors, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from "jose";
import type { Claims } from "./issuer-claims";
import type { AsyncTokenVerifier, Principal } from "./principal";

/** Accepts a token signed with any of the shared keys, so that a key can be replaced without ending sessions. */
export function verifyWithKeys(
  keys: readonly string[],
  options: JWTVerifyOptions,
  principalOf: (claims: Claims) => Principal | undefined,
): AsyncTokenVerifier {
  const secrets = keys.map((key) => new TextEncoder().encode(key));
  return async (token) => {
    for (const secret of secrets) {
      const claims = await verifiedClaims(token, () => secret, options);
      if (claims) return principalOf(claims);
    }
    return undefined;
  };
}

/** The claims; undefined if the token is not valid. */
export async function verifiedClaims(
  token: string,
  find: JWTVerifyGetKey,
  options: JWTVerifyOptions,
): Promise<Claims | undefined> {
  try {
    return (await jwtVerify(token, find, options)).payload;
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return await firstVerified(token, error, options);
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

/** A token without a key id may be signed with any of several keys. */
async function firstVerified(
  token: string,
  keys: errors.JWKSMultipleMatchingKeys,
  options: JWTVerifyOptions,
): Promise<Claims | undefined> {
  for await (const key of keys) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
    }
  }
  return undefined;
}
