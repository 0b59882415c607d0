import { createHash } from "node:crypto";
import { type Role, roles } from "@nexus/contract";
import type { Principal } from "./principal";

/** Claims of a verified token. */
export type Claims = Readonly<Record<string, unknown>>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
/** Claims in which issuers put the tenant; the first one that is present is used. */
const TENANT_CLAIMS = ["tenantId", "tenant_id", "tid", "org_id"] as const;

function textClaim(claims: Claims, name: string): string | undefined {
  const value = claims[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A UUID that is always the same for the same parts, and different for others. */
function derivedId(...parts: readonly string[]): string {
  const bytes = createHash("sha256").update(JSON.stringify(parts)).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function idOf(kind: string, issuer: string, value: string): string {
  return UUID.test(value) ? value.toLowerCase() : derivedId(kind, issuer, value);
}

function roleOf(claims: Claims): Role | undefined {
  const values = [claims.role, ...(Array.isArray(claims.roles) ? (claims.roles as unknown[]) : [])];
  return roles.find((role) => values.includes(role));
}

/**
 * The user and tenant of a verified token of another issuer; undefined if it has no `sub`.
 *
 * User: `sub`. Tenant: `tenantId`, `tenant_id`, `tid` or `org_id`; without one, the user gets a separate tenant. A
 * value that is not a UUID is converted to one that is unique for this issuer and value. Role: `role`, or one of
 * `roles`; without it `member`, or `owner` in the user's separate tenant.
 */
export function principalOf(claims: Claims, issuer: string): Principal | undefined {
  const subject = textClaim(claims, "sub");
  if (subject === undefined) return undefined;
  const tenant = TENANT_CLAIMS.map((name) => textClaim(claims, name)).find((value) => value !== undefined);
  return {
    userId: idOf("user", issuer, subject),
    tenantId: tenant === undefined ? derivedId("personal tenant", issuer, subject) : idOf("tenant", issuer, tenant),
    role: roleOf(claims) ?? (tenant === undefined ? "owner" : "member"),
    email: textClaim(claims, "email") ?? "",
  };
}
