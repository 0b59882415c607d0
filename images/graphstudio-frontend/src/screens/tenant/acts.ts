/** What the audit trail of a tenant says was done; beside these there are the routes that were denied. */
export const acts = [
  "tenant.created",
  "tenant.renamed",
  "invitation.made",
  "invitation.withdrawn",
  "member.joined",
  "role.changed",
  "member.removed",
  "key.made",
  "key.revoked",
  "plan.changed",
  "subscription.booked",
  "audit.trimmed",
] as const;

export type Act = (typeof acts)[number];
export const isAct = (act: string): act is Act => acts.some((known) => known === act);

export const outcomes = ["done", "denied", "failed"] as const;
