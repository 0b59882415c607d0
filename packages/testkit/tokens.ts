import { createHmac } from "node:crypto";
import type { Principal } from "@nexus/service";

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/**
 * Signs access tokens as graphstudio-backend does, but with other code.
 * @param other claims that differ, or undefined for claims to leave out
 */
export function createTokenSigner(
  key: string,
  expiresInSeconds: number,
  other: Readonly<Record<string, unknown>> = {},
): (principal: Principal) => string {
  return ({ userId: sub, tenantId: tid, role, email, plan }) => {
    const now = Math.floor(Date.now() / 1000);
    const standard = { iss: "nexus", aud: "nexus", iat: now, exp: now + expiresInSeconds };
    const claims = { sub, tid, role, email, plan, ...standard, ...other };
    const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
    return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
  };
}
