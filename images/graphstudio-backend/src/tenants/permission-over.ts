import type { Permission, Role } from "@nexus/contract";

/** What somebody needs to invite, change or remove a person of a role, or to give them that role. */
export function permissionOver(role: Role): Permission {
  return role === "owner" ? "owners.manage" : "members.manage";
}
