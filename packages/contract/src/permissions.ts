/** What a person may be in a tenant, the most powerful role first. */
export const roles = ["owner", "admin", "member", "viewer"] as const;
export type Role = (typeof roles)[number];

const everybody = roles;
const editors = ["owner", "admin", "member"] as const;
const managers = ["owner", "admin"] as const;
const owners = ["owner"] as const;

/** Who may do what in a tenant: the checks of all services, their tests and the documentation come from this table. */
export const permissions = {
  "workspaces.read": { roles: everybody, key: true, text: "See workspaces, their results, panels and snapshots" },
  "workspaces.write": { roles: editors, key: true, text: "Create, run, change and delete workspaces" },
  "settings.write": {
    roles: managers,
    key: true,
    text: "Change the settings of the tenant: the hosts that code may call, and variables of deployments",
  },
  "ai.use": { roles: editors, key: true, text: "Use the AI service" },
  "ai.read": { roles: everybody, key: true, text: "See models and the AI budget" },
  "clusters.read": { roles: everybody, key: true, text: "See clusters and their state" },
  "clusters.manage": { roles: managers, key: true, text: "Add, check, scan and remove clusters" },
  "deployments.read": { roles: everybody, key: true, text: "See projects, settings, deployments, their pods and logs" },
  "deployments.write": {
    roles: editors,
    key: true,
    text: "Change projects, and deploy to clusters; members only where it is allowed for the cluster",
  },
  "tenant.read": { roles: everybody, text: "See the tenant and its members" },
  "plan.read": { roles: everybody, key: true, text: "See the plan, its limits and what the tenant uses of them" },
  "plan.change": { roles: owners, text: "Change the plan" },
  "tenant.rename": { roles: managers, text: "Rename the tenant" },
  "security.change": { roles: owners, text: "Require two-factor sign-in of all members" },
  "members.manage": { roles: managers, text: "Invite, change and remove admins, members and viewers" },
  "keys.manage": { roles: managers, text: "Make, see and revoke API keys of the tenant" },
  "audit.read": { roles: managers, text: "Read the audit trail of the tenant" },
  "tenant.export": { roles: owners, text: "Export everything of the tenant" },
  "tenant.delete": { roles: owners, text: "Delete the tenant" },
  "owners.manage": { roles: owners, text: "Make owners, and change or remove them" },
} as const satisfies Record<string, PermissionRow>;

interface PermissionRow {
  readonly roles: readonly Role[];
  /** Whether an API key can have it as a scope. What only people may do is no scope. */
  readonly key?: true;
  readonly text: string;
}

export type Permission = keyof typeof permissions;

/** What API keys can be made for. */
export type KeyScope = {
  [Name in Permission]: (typeof permissions)[Name] extends { readonly key: true } ? Name : never;
}[Permission];
export const keyScopes = (Object.keys(permissions) as Permission[]).filter(
  (name): name is KeyScope => "key" in permissions[name],
);

/** What somebody needs to invite, change or remove a person of a role, or to give them that role. */
export function permissionOver(role: Role): Permission {
  return role === "owner" ? "owners.manage" : "members.manage";
}

/** Whether a role allows something. */
export function may(role: Role, permission: Permission): boolean {
  const allowed: readonly Role[] = permissions[permission].roles;
  return allowed.includes(role);
}
