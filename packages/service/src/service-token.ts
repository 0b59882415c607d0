import { SignJWT } from "jose";
import { verifiedClaims } from "./token-proof";

const ISSUER = "nexus";
/** Not that of access tokens, so neither counts as the other. */
const AUDIENCE = "nexus-services";
const SECONDS = 60;

/** With what one service shows another one that it holds the key that all of them have. */
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
