import { createSigner, createVerifier } from "fast-jwt";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { ServiceError } from "./errors";
import { rememberValid } from "./known-tokens";
import type { Principal, TokenVerifier } from "./principal";

const ISSUER = "nexus";
const AUDIENCE = "nexus";

declare module "fastify" {
  interface FastifyRequest {
    /** Set by `authenticate`; null on a route without it. */
    principal: Principal | null;
  }
}

const claims = z.object({
  sub: z.uuid(),
  tid: z.uuid(),
  role: z.enum(["owner", "member"]),
  email: z.string(),
});

/** A verifier that may have to ask for keys first; throws `issuer_unavailable` when it cannot get them. */
export type AsyncTokenVerifier = (token: string) => Promise<Principal | undefined>;

/** Accepts a token signed by any of the keys, so that a key can be replaced without ending sessions. */
export function createTokenVerifier(keys: readonly string[]): TokenVerifier {
  const verifiers = keys.map((key) =>
    createVerifier({
      key,
      algorithms: ["HS256"],
      allowedIss: ISSUER,
      allowedAud: AUDIENCE,
      requiredClaims: ["exp", "sub", "tid"],
    }),
  );
  return rememberValid((token) => {
    for (const verify of verifiers) {
      try {
        const { sub, tid, role, email } = claims.parse(verify(token));
        return { userId: sub, tenantId: tid, role, email };
      } catch {
        // Not signed by this key, expired or malformed: the next key decides, and the caller only learns "not valid".
      }
    }
    return undefined;
  });
}

/** Signs access tokens with the given key. */
export function createTokenSigner(key: string, expiresInSeconds: number): (principal: Principal) => string {
  const sign = createSigner({
    key,
    algorithm: "HS256",
    iss: ISSUER,
    aud: AUDIENCE,
    expiresIn: expiresInSeconds * 1000,
  });
  return ({ userId, tenantId, role, email }) => sign({ sub: userId, tid: tenantId, role, email });
}

/** The token of an `Authorization: Bearer` header. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(header ?? "")?.[1];
}

/** A hook for routes that need a caller. */
export function createAuthenticate(
  verify: TokenVerifier | AsyncTokenVerifier,
): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const token = bearerToken(request.headers.authorization);
    const found = token === undefined ? undefined : verify(token);
    // Mostly it is known at once, and waiting all the same would cost every request some turns of the microtask queue.
    const principal = found instanceof Promise ? await found : found;
    if (!principal) throw new ServiceError("unauthorized");
    request.principal = principal;
  };
}

/** The tenant of everybody when authentication is off. */
export const ANYONE: Principal = {
  userId: "00000000-0000-4000-8000-000000000001",
  tenantId: "00000000-0000-4000-8000-000000000000",
  role: "owner",
  email: "",
};

/** The hook that stands in for `createAuthenticate` when authentication is off. */
export async function authenticateAnyone(request: FastifyRequest): Promise<void> {
  request.principal = ANYONE;
}

/** The caller of a route behind `authenticate`. */
export function requirePrincipal(request: FastifyRequest): Principal {
  if (!request.principal) throw new ServiceError("unauthorized");
  return request.principal;
}
