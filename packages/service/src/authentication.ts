import type { FastifyRequest } from "fastify";
import { decodeProtectedHeader } from "jose";
import { isApiKey } from "./api-key";
import { createApiKeyVerifier } from "./api-key-verifier";
import { backendAccess } from "./backend-request";
import { ANYONE, authenticateAnyone, createAuthenticate, createTokenVerifier } from "./auth";
import type { Principal, TokenVerifier } from "./principal";
import { type AuthEnv, jwtKeys } from "./env-fields";
import { createIssuerVerifier, createSharedKeyVerifier, type JwksOptions } from "./issuer-tokens";
import { rememberValid, tokenExpiry } from "./known-tokens";
import type { Logger } from "./log";
import { Standing } from "./standing";
import { StandingFeed } from "./standing-feed";

/** Which tokens are accepted: none is needed, those of the shared key, or also those of an issuer with public keys. */
export type AuthMode = "none" | "shared-key" | "issuer";

/** Authentication as the environment configures it. */
export interface Authentication {
  readonly mode: AuthMode;
  /** The user and tenant of a token; undefined if it is not valid, as an API key. Throws `issuer_unavailable`. */
  readonly identify: (token: string | undefined) => Promise<Principal | undefined>;
  /** Expiry of a token that was accepted, in milliseconds since 1970; undefined if no token is needed. */
  readonly expiresAt: (token: string | undefined) => number | undefined;
  /** The hook of routes that need a caller. */
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
  /** Who may not work now or has another role, whatever their token says. */
  readonly standing: Standing;
  /** Where the list comes from; undefined where nobody keeps one. */
  readonly feed: StandingFeed | undefined;
  readonly close: () => void;
}

export function createAuthentication(env: AuthEnv, log: Logger, jwks: Omit<JwksOptions, "url"> = {}): Authentication {
  if (!env.AUTH_ENABLED) return anyone(log);
  const standing = new Standing();
  const feed = createFeed(env, log, standing);
  const trusted = createTrust(env, log, jwks);
  const verify = admitted(trusted, standing);
  const known = createAuthenticate(admitted(withApiKeys(trusted, env), standing));
  return {
    mode: env.AUTH_JWKS_URL === undefined ? "shared-key" : "issuer",
    identify: async (token) => {
      await feed?.ready();
      return token === undefined ? undefined : await verify(token);
    },
    expiresAt: (token) => (token === undefined ? undefined : tokenExpiry(token)),
    authenticate: async (request) => {
      const first = feed?.ready();
      if (first) await first;
      await known(request);
    },
    standing,
    feed,
    close: () => feed?.close(),
  };
}

/** The backend keeps the list; it signs its tokens with the key, so whoever has none takes none of its tokens. */
function createFeed(env: AuthEnv, log: Logger, standing: Standing): StandingFeed | undefined {
  const backend = backendAccess(env);
  return backend && new StandingFeed({ ...backend, standing, log });
}

/** Also accepts API keys, where there is a backend that knows them. */
function withApiKeys(verify: TokenVerifier, { API_KEYS_URL }: AuthEnv): TokenVerifier {
  if (API_KEYS_URL === undefined) return verify;
  const verifyKey = createApiKeyVerifier(API_KEYS_URL);
  return (token) => (isApiKey(token) ? verifyKey(token) : verify(token));
}

/** Lets in whoever may work now, with the role that they have now. */
function admitted(verify: TokenVerifier, standing: Standing): TokenVerifier {
  const admit = (principal: Principal | undefined) => principal && standing.admit(principal);
  return (token) => {
    const found = verify(token);
    return found instanceof Promise ? found.then(admit) : admit(found);
  };
}

function anyone(log: Logger): Authentication {
  log.warn({ tenantId: ANYONE.tenantId }, "AUTH_ENABLED is false: everybody who reaches this port is the same user");
  return {
    mode: "none",
    identify: async () => ANYONE,
    expiresAt: () => undefined,
    authenticate: authenticateAnyone,
    standing: new Standing(),
    feed: undefined,
    close: () => undefined,
  };
}

/** Accepts our tokens, then those of the issuer. Only the algorithm of a token decides which keys may verify it. */
function createTrust(env: AuthEnv, log: Logger, jwks: Omit<JwksOptions, "url">): TokenVerifier {
  const keys = jwtKeys(env);
  const own = createTokenVerifier(keys);
  if (env.AUTH_ISSUER === undefined) return own;
  const issuer = { name: env.AUTH_ISSUER, audience: env.AUTH_AUDIENCE };
  if (issuer.audience === undefined)
    log.warn(
      { issuer: issuer.name },
      "AUTH_AUDIENCE is not set: tokens that the issuer made for other applications are accepted too",
    );
  if (env.AUTH_JWKS_URL === undefined) {
    const shared = createSharedKeyVerifier(issuer, keys);
    return rememberValid(async (token) => (await own(token)) ?? (await shared(token)));
  }
  const foreign = createIssuerVerifier(issuer, { ...jwks, url: env.AUTH_JWKS_URL });
  return (token) => (isSymmetric(token) ? own(token) : foreign(token));
}

function isSymmetric(token: string): boolean {
  try {
    return decodeProtectedHeader(token).alg === "HS256";
  } catch {
    return false;
  }
}
