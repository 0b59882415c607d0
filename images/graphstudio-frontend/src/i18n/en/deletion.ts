/** Export and deletion of tenants and accounts, and what a suspended tenant says. */
export const deletion = {
  title: "Export and deletion",
  exporting: "Exporting…",
  deleting: "Deleting…",
  cancel: "Cancel",

  tenantText:
    "The export is one file of JSON lines: members, invitations, workspaces with their code, panels and streams, clusters, settings, projects and deployments, plan, usage and the audit trail. It has no passwords, keys or other secrets.",
  exportTenant: "Export this tenant",
  deleteTenant: "Delete this tenant…",
  deleteTenantTitle: "Delete <tenant/>?",
  deleteTenantText:
    "All its workspaces, projects, settings, invitations and API keys are deleted, running code ends, and its members lose access. What was deployed to clusters goes on running there, so delete those deployments before. Only the audit trail stays until its retention ends. Nobody can undo this.",
  tenantName: "Name of the tenant",
  tenantNameWrong: "Enter the tenant's name exactly as it is written above",
  deleteTenantNow: "Delete tenant",

  accountText: "The export has your profile, sessions and tenants. The id of your account is <id/>.",
  exportAccount: "Export my account",
  deleteAccount: "Delete my account…",
  deleteAccountTitle: "Delete your account?",
  deletesTenants: "You are alone in these tenants. They are deleted with all their workspaces:",
  leavesTenants: "You leave all other tenants. Nobody can undo this.",
  deleteAccountNow: "Delete account",
  blockedTitle: "Your account cannot be deleted yet",
  blockedText:
    "You are the only owner of these tenants, which have other members. Make one of them an owner, or delete it:",

  suspended: "This tenant is suspended",
  suspendedText: "<tenant/>: <reason/>. Nothing was deleted. Ask whoever runs this platform.",
} as const;
