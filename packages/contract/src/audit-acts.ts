/** Acts in the trail of a tenant. A route that a role did not allow is there too, as method and path. */
export const tenantActs = [
  "tenant.created",
  "tenant.renamed",
  "invitation.made",
  "invitation.withdrawn",
  "member.joined",
  "role.changed",
  "member.removed",
  "membership.kept",
  "second-factor.required",
  "second-factor.optional",
  "key.made",
  "key.revoked",
  "plan.changed",
  "subscription.booked",
  "tenant.suspended",
  "tenant.resumed",
  "tenant.deleted",
  "tenant.erased",
  "host.called",
  "denials.skipped",
  "audit.trimmed",
] as const;
export type TenantAct = (typeof tenantActs)[number];

/** Acts in the trail of the platform: what people do with their accounts, and what administrators do. */
export const platformActs = [
  "account.created",
  "account.deleted",
  "identity.connected",
  "sign-in",
  "session.ended",
  "sessions.ended",
  "password.changed",
  "password.reset",
  "refresh-token.reused",
  "address.verified",
  "address.changed",
  "second-factor.on",
  "second-factor.off",
  "second-factor.code",
  "recovery-codes.made",
  "recovery-code.used",
  "tenant.suspended",
  "tenant.resumed",
  "tenant.plan-set",
  "tenant.deleted",
  "person.suspended",
  "person.resumed",
  "admin.granted",
  "admin.revoked",
  "denials.skipped",
  "audit.trimmed",
] as const;

/** An act, or the method and path of a route that was denied. */
export type AuditAct = TenantAct | (typeof platformActs)[number] | `${string} ${string}`;
