import { roles } from "@nexus/contract";
import type { Account } from "./types";

/** The header of a token on a platform that needs none, and accepts any. */
export const NO_TOKEN = "none";

const text = (...values: unknown[]): string | undefined =>
  values.find((value): value is string => typeof value === "string" && value !== "");

/** The unchecked claims of a token: the kernel has accepted it, and here they are only shown. */
function claimsOf(token: string): Record<string, unknown> {
  try {
    const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (letter) => letter.codePointAt(0) ?? 0);
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === "object" && claims !== null ? (claims as Record<string, unknown>) : {};
  } catch {
    // A token without readable claims is not refused here: the kernel decides.
    return {};
  }
}

/** The account that the studio shows for a token of another issuer; its role is that which the services read from it. */
export function accountOf(token: string): Account {
  const claims = claimsOf(token);
  const id = text(claims.sub) ?? "anybody";
  const tenantId = text(claims.tenantId, claims.tenant_id, claims.tid, claims.org_id) ?? "";
  const email = text(claims.email, claims.preferred_username) ?? id;
  const named = [claims.role, ...(Array.isArray(claims.roles) ? (claims.roles as unknown[]) : [])];
  const role = roles.find((each) => named.includes(each)) ?? (tenantId === "" ? "owner" : "member");
  return { id, email, tenantId, role, tenantName: tenantId };
}
