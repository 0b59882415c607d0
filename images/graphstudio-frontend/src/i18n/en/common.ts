/** What several pages show: the bar at the top, roles, notices. */
export const common = {
  comma: ", ",
  language: "Language",
  useTheme: { light: "Use the light theme", dark: "Use the dark theme" },
  home: "{{product}}, all workspaces",
  whoAmI: "{{email}}, {{role}} of {{tenant}}",
  tenant: "Tenant",
  members: "Members",
  account: "Account",
  logOut: "Log out",
  tryAgain: "Try again",
  roles: { owner: "owner", admin: "admin", member: "member", viewer: "viewer" },
} as const;
