import { SignJWT } from "jose";
import { verifiedClaims } from "./token-proof";

const ISSUER = "nexus";
/** Differs from that of access tokens, so neither is accepted as the other. */
const AUDIENCE = "nexus-services";
const SECONDS = 60;

/** Proves to another service that the caller has the key that all services share. */
export async function createServiceToken(key: string): Promise<string> {
  return await new SignJWT()
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setExpirationTime(new Date(Date.now() + SECONDS * 1000))
    .sign(new TextEncoder().encode(key));
}

export async function isServiceToken(token: string, keys: readonly string[]): Promise<boolean> {
  const options = { algorithms: ["HS256"], issuer: ISSUER, audience: AUDIENCE, requiredClaims: ["exp"] };
  for (const key of keys) if (await verifiedClaims(token, () => new TextEncoder().encode(key), options)) return true;
  return false;
}
