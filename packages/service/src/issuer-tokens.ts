import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JWKSCacheInput,
  jwksCache,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
} from "jose";
import { ServiceError } from "./errors";
import { principalOf } from "./issuer-claims";
import type { AsyncTokenVerifier } from "./principal";
import { verifiedClaims, verifyWithKeys } from "./token-proof";

export interface Issuer {
  /** The `iss` of its tokens. */
  readonly name: string;
  /** An accepted `aud` of its tokens; without it, every one is accepted. */
  readonly audience: string | undefined;
}

export interface JwksOptions {
  readonly url: string;
  /**
   * Milliseconds after which a request for keys is given up.
   * @default 3000
   */
  readonly timeoutMs?: number;
  /**
   * Milliseconds after a fetch in which an unknown key does not cause another one.
   * @default 30 000
   */
  readonly cooldownMs?: number;
  /** Milliseconds after which keys are fetched again. @default 600 000 */
  readonly maxAgeMs?: number;
}

/** Public-key algorithms only: with a symmetric one, anybody could sign with a public key. */
const ALGORITHMS = ["RS256", "ES256"];
/** Clocks of issuer and pods may differ by this much. */
const LEEWAY_SECONDS = 5;
/** Known keys are accepted this long while their issuer cannot be reached. */
const KEPT_MS = 3_600_000;
const RETRY_SECONDS = 2;

/** Accepts tokens of an issuer that signs with private keys and publishes the public ones. */
export function createIssuerVerifier(issuer: Issuer, jwks: JwksOptions): AsyncTokenVerifier {
  const findKey = createKeyFinder(jwks);
  const options = { ...optionsOf(issuer), algorithms: ALGORITHMS };
  return async (token) => {
    const claims = await verifiedClaims(token, findKey, options);
    return claims && principalOf(claims, issuer.name);
  };
}

/** Accepts tokens of an issuer that signs with a shared key. */
export function createSharedKeyVerifier(issuer: Issuer, keys: readonly string[]): AsyncTokenVerifier {
  return verifyWithKeys(keys, { ...optionsOf(issuer), algorithms: ["HS256"] }, (claims) =>
    principalOf(claims, issuer.name),
  );
}

function optionsOf({ name, audience }: Issuer): JWTVerifyOptions {
  return {
    issuer: name,
    ...(audience === undefined ? {} : { audience }),
    clockTolerance: LEEWAY_SECONDS,
    requiredClaims: ["exp", "sub"],
  };
}

const isAboutToken = (error: unknown) =>
  error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;

/** Finds the issuer's key for a token, for some time even if the issuer cannot be reached. */
function createKeyFinder({
  url,
  timeoutMs = 3000,
  cooldownMs = 30_000,
  maxAgeMs = 600_000,
}: JwksOptions): JWTVerifyGetKey {
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
        // A key that is not known may be one of those that cannot be fetched now.
        throw reason instanceof errors.JWKSNoMatchingKey ? unavailable : reason;
      });
    }
  };
}
