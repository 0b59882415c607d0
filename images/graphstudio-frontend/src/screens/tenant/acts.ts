import type { TenantAct } from "@nexus/contract";

/** Every act that the audit trail of a tenant names, in the order of the filter. */
const all: Readonly<Record<TenantAct, true>> = {
  "tenant.created": true,
  "tenant.renamed": true,
  "tenant.exported": true,
  "tenant.suspended": true,
  "tenant.resumed": true,
  "tenant.deleted": true,
  "tenant.erased": true,
  "invitation.made": true,
  "invitation.withdrawn": true,
  "member.joined": true,
  "role.changed": true,
  "member.removed": true,
  "membership.kept": true,
  "second-factor.required": true,
  "second-factor.optional": true,
  "key.made": true,
  "key.revoked": true,
  "cluster.added": true,
  "cluster.removed": true,
  "cluster.scanned": true,
  "cluster.opened": true,
  "cluster.closed": true,
  "setting.changed": true,
  "setting.removed": true,
  "project.made": true,
  "project.changed": true,
  "project.removed": true,
  "deployment.deployed": true,
  "deployment.rolled-back": true,
  "deployment.restarted": true,
  "deployment.scaled": true,
  "deployment.removed": true,
  "plan.changed": true,
  "subscription.booked": true,
  "hosts.changed": true,
  "host.called": true,
  "denials.skipped": true,
  "audit.trimmed": true,
};

export const acts = Object.keys(all) as TenantAct[];
export const isAct = (act: string): act is TenantAct => Object.hasOwn(all, act);

export const outcomes = ["done", "denied", "failed"] as const;
