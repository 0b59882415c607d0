import { ServiceError } from "@nexus/service";
import { email as emailSchema } from "../schemas";

/** What an identity provider says about a person. */
export type Claims = Readonly<Record<string, unknown>>;

export interface Address {
  readonly email: string;
  readonly verified: boolean;
}

/**
 * The email address of a person, exactly as the provider spells it. What people type is normalised; this is not, because a
 * provider may let somebody register a look-alike, which would then become the address of somebody else.
 */
export function addressIn({ email, email_verified: verified }: Claims): Address {
  const isPlain = typeof email === "string" && /^[\x21-\x7e]+$/.test(email);
  const read = isPlain ? emailSchema.safeParse(email) : undefined;
  if (!read?.success)
    throw new ServiceError("oidc_email_unusable", {
      detail: "The identity provider names no address that can be used",
    });
  // Some providers write the flag as a text.
  return { email: read.data, verified: verified === true || verified === "true" };
}

/** The value of a claim; a name with dots is also a path into objects. */
export function claimAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name
    .split(".")
    .reduce<unknown>((value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined), claims);
}

function isObject(value: unknown): value is Claims {
  return typeof value === "object" && value !== null;
}

const UNREADABLE = "The identity provider does not say which groups you are in; ask whoever runs this platform";

/**
 * The groups of a person; none where the provider says nothing. What cannot be read is an error: taken as no group, it would
 * end memberships.
 */
export function groupsIn(claims: Claims, name: string): ReadonlySet<string> {
  const found = claimAt(claims, name);
  // Entra ID leaves out a long list, and says in one of two ways that there is one.
  const elsewhere = claims._claim_names;
  if (isObject(elsewhere) && Object.hasOwn(elsewhere, name)) throw unreadable();
  if (found === undefined && claims.hasgroups === true) throw unreadable();
  if (found === undefined || found === null) return new Set();
  if (typeof found === "string") return new Set([found]);
  if (!Array.isArray(found) || !found.every((group) => typeof group === "string")) throw unreadable();
  return new Set(found);
}

const unreadable = () => new ServiceError("oidc_refused", { detail: UNREADABLE });
