import { createVerifier } from "fast-jwt";
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JWKSCacheInput,
  jwksCache,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from "jose";
import type { AsyncTokenVerifier } from "./auth";
import type { TokenVerifier } from "./principal";
import { ServiceError } from "./errors";
import { type Claims, principalOf } from "./issuer-claims";
import { rememberValid } from "./known-tokens";

export interface Issuer {
  /** The `iss` of its tokens. */
  readonly name: string;
  /** One of the `aud` of its tokens; any without it. */
  readonly audience: string | undefined;
}

export interface JwksOptions {
  readonly url: string;
  /** Milliseconds until a request for keys is given up. @default 3000 */
  readonly timeoutMs?: number;
  /** Milliseconds after a fetch in which an unknown key is not worth another one. @default 30 000 */
  readonly cooldownMs?: number;
  /** Milliseconds after which keys are fetched again. @default 600 000 */
  readonly maxAgeMs?: number;
}

/** Public-key algorithms only: with a symmetric one, anybody could sign with a public key. */
const ALGORITHMS = ["RS256", "ES256"];
/** Clocks of issuer and pods may differ by this much. */
const LEEWAY_SECONDS = 5;
/** Known keys count this long while their issuer cannot be reached. */
const KEPT_MS = 3_600_000;
const RETRY_SECONDS = 2;

/** Accepts tokens of an issuer that signs with private keys and publishes the public ones. */
export function createIssuerVerifier(issuer: Issuer, jwks: JwksOptions): AsyncTokenVerifier {
  const findKey = createKeyFinder(jwks);
  const options: JWTVerifyOptions = {
    algorithms: ALGORITHMS,
    issuer: issuer.name,
    ...(issuer.audience === undefined ? {} : { audience: issuer.audience }),
    clockTolerance: LEEWAY_SECONDS,
    requiredClaims: ["exp", "sub"],
  };
  return async (token) => {
    const claims = await verifiedClaims(token, findKey, options);
    return claims && principalOf(claims, issuer.name);
  };
}

/** Accepts tokens of an issuer that signs with a shared key. */
export function createSharedKeyVerifier(issuer: Issuer, keys: readonly string[]): TokenVerifier {
  const verifiers = keys.map((key) =>
    createVerifier({
      key,
      algorithms: ["HS256"],
      allowedIss: issuer.name,
      ...(issuer.audience === undefined ? {} : { allowedAud: issuer.audience }),
      requiredClaims: ["exp", "sub"],
      clockTolerance: LEEWAY_SECONDS * 1000,
    }),
  );
  return rememberValid((token) => {
    for (const verify of verifiers) {
      try {
        return principalOf(verify(token) as Claims, issuer.name);
      } catch {
        // Not signed by this key, expired or malformed: the next key decides.
      }
    }
    return undefined;
  });
}

type KeyFinder = JWTVerifyGetKey;

/** The claims; undefined when the token is not valid. */
async function verifiedClaims(token: string, find: KeyFinder, options: JWTVerifyOptions): Promise<Claims | undefined> {
  try {
    return (await jwtVerify(token, find, options)).payload;
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return await firstVerified(token, error, options);
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

/** A token that names no key may be signed by any of several. */
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

const isAboutToken = (error: unknown) =>
  error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;

/** Finds the issuer's key for a token, also for some time when the issuer cannot be reached. */
function createKeyFinder({ url, timeoutMs = 3000, cooldownMs = 30_000, maxAgeMs = 600_000 }: JwksOptions): KeyFinder {
  const cache: JWKSCacheInput = {};
  const remote = createRemoteJWKSet(new URL(url), {
    timeoutDuration: timeoutMs,
    cooldownDuration: cooldownMs,
    cacheMaxAge: maxAgeMs,
    [jwksCache]: cache,
  });
  return async (header, token) => {
    try {
      return await remote(header, token);
    } catch (error) {
      if (isAboutToken(error)) throw error;
      const unavailable = new ServiceError("issuer_unavailable", { retryAfterSeconds: RETRY_SECONDS, cause: error });
      const { jwks, uat } = cache;
      if (jwks === undefined || uat === undefined || Date.now() - uat > KEPT_MS) throw unavailable;
      return await createLocalJWKSet(jwks)(header, token).catch((reason: unknown) => {
        // A key that is not among the known ones may be among those that cannot be fetched now.
        throw reason instanceof errors.JWKSNoMatchingKey ? unavailable : reason;
      });
    }
  };
}
