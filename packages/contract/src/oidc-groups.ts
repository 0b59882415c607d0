import { type Role, roles } from "./permissions";

/** What members of a group of the identity provider are: a role in a tenant. */
export interface GroupRole {
  /** The tenant's id. */
  readonly tenant: string;
  readonly role: Role;
}

/** Roles by the groups of the identity provider. */
export type OidcGroups = Readonly<Record<string, GroupRole>>;

/** The id of a tenant. */
export const TENANT_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The groups in a JSON text; undefined if it is something else. */
export function readOidcGroups(text: string): OidcGroups | undefined {
  try {
    const groups = JSON.parse(text) as OidcGroups;
    return Object.values(groups).every(isGroupRole) ? groups : undefined;
  } catch {
    return undefined;
  }
}

function isGroupRole({ tenant, role }: GroupRole): boolean {
  return TENANT_ID.test(tenant) && roles.includes(role);
}
