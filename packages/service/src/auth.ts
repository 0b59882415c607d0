import { alternatives, may, type Permission, permissions, roles } from "@nexus/contract";
import type { FastifyRequest } from "fastify";
import { SignJWT } from "jose";
import { z } from "zod";
import { ServiceError } from "./errors";
import { rememberValid } from "./known-tokens";
import type { Principal, TokenVerifier } from "./principal";
import { verifyWithKeys } from "./token-proof";

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
  role: z.enum(roles),
  email: z.string(),
  // A token of somebody else who has the key may mean something else by it.
  plan: z.string().optional().catch(undefined),
});

/** Accepts our own tokens, signed with any of the keys. */
export function createTokenVerifier(keys: readonly string[]): TokenVerifier {
  const options = { algorithms: ["HS256"], issuer: ISSUER, audience: AUDIENCE, requiredClaims: ["exp", "sub", "tid"] };
  const verify = verifyWithKeys(keys, options, (payload) => {
    const { data } = claims.safeParse(payload);
    return data && { userId: data.sub, tenantId: data.tid, role: data.role, email: data.email, plan: data.plan };
  });
  return rememberValid(verify);
}

/** Signs access tokens with the given key. */
export function createTokenSigner(key: string, expiresInSeconds: number): (principal: Principal) => Promise<string> {
  const secret = new TextEncoder().encode(key);
  return ({ userId, tenantId, role, email, plan }) =>
    new SignJWT({ sub: userId, tid: tenantId, role, email, plan })
      .setProtectedHeader({ alg: "HS256", typ: "JWT" })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime(new Date(Date.now() + expiresInSeconds * 1000))
      .sign(secret);
}

/** The token or API key of an `Authorization: Bearer` header. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer ([\w-]+\.[\w-]+\.[\w-]+|nxk_[\w-]+)$/i.exec(header ?? "")?.[1];
}

/** A hook for routes that need a caller. */
export function createAuthenticate(verify: TokenVerifier): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const token = bearerToken(request.headers.authorization);
    const found = token === undefined ? undefined : verify(token);
    // The result is usually known at once; awaiting it would still cost every request some turns of the microtask
    // queue.
    const principal = found instanceof Promise ? await found : found;
    if (!principal) throw new ServiceError("unauthorized");
    request.principal = principal;
    const permission = request.routeOptions.schema?.permission;
    if (permission) requirePermission(principal, permission);
    else if (principal.scopes) throw new ServiceError("forbidden", { detail: "This is for people, not for API keys" });
  };
}

/** Throws `forbidden` where the caller's role does not allow something. */
export function requirePermission({ role, scopes }: Pick<Principal, "role" | "scopes">, permission: Permission): void {
  if (scopes && !scopes.includes(permission))
    throw new ServiceError("forbidden", {
      detail: `This API key has the scopes ${scopes.join(", ")}; this needs ${permission}`,
    });
  if (may(role, permission)) return;
  const allowed = alternatives(permissions[permission].roles);
  throw new ServiceError("forbidden", { detail: `Your role here is ${role}; this needs ${allowed}` });
}

/** The tenant of every caller when authentication is off. */
export const ANYONE: Principal = {
  userId: "00000000-0000-4000-8000-000000000001",
  tenantId: "00000000-0000-4000-8000-000000000000",
  role: "owner",
  email: "",
};

/** The hook that replaces `createAuthenticate` when authentication is off. */
export async function authenticateAnyone(request: FastifyRequest): Promise<void> {
  request.principal = ANYONE;
}

/** The caller of a route behind `authenticate`. */
export function requirePrincipal(request: FastifyRequest): Principal {
  if (!request.principal) throw new ServiceError("unauthorized");
  return request.principal;
}
