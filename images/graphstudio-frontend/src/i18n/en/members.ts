/** The members of a tenant, and invitations. */
export const members = {
  title: "Members",
  find: "Find by address",
  roleOf: "Role of {{email}}",
  leaveTenant: "Leave this tenant",
  leave: "Leave",
  removeMember: "Remove {{email}}",
  remove: "Remove",

  openInvitations: "Open invitations",
  whoeverHasLink: "Whoever has the link",
  invited: "{{role}}, by <inviter/>, until {{expiresAt, datetime(dateStyle: medium)}}",
  withdrawInvitation: "Withdraw the invitation of {{email}}",
  withdrawLink: "Withdraw the invitation of whoever has the link",
  withdraw: "Withdraw",

  inviteSomebody: "Invite somebody",
  email: "Email",
  emailHint: "Only this address can use the link; leave it empty for whoever has the link",
  emailWrong: "Enter an address, or nothing",
  role: "Role",
  invite: "Invite",
  inviting: "Inviting…",
  mailed: "The invitation was mailed. Its link:",
  passOn: "Pass this link on; it is shown only once:",
} as const;
