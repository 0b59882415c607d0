import { createHash } from "node:crypto";
import { type Role, roles } from "@nexus/contract";
import { z } from "zod";
import { ServiceError } from "./errors";
import type { Principal } from "./principal";

/** Where services ask who may not work, below the URL of the backend. */
export const STANDING_PATH = "/internal/standing";

const one = z.object({
  id: z.uuid(),
  /** Why somebody was suspended; null for what was deleted. */
  reason: z.string().nullable(),
});

/** Tenants and persons that may not work now, and roles that tokens do not know yet; everybody else may what theirs say. */
export const standingList = z.object({
  /** Changes with the list. */
  version: z.string(),
  tenants: z.array(one.extend({ erased: z.boolean().describe("False while a deleted tenant's workspaces remain") })),
  persons: z.array(one),
  // A backend of the release before lists none.
  roles: z
    .array(z.object({ tenantId: z.uuid(), userId: z.uuid(), role: z.enum(roles).nullable() }))
    .default([])
    .describe("Roles that were changed while tokens with the earlier one count; null for who is no member any more"),
});
export type StandingList = z.output<typeof standingList>;

type Who = Pick<Principal, "tenantId" | "userId">;

const memberKey = ({ tenantId, userId }: Who) => `${tenantId} ${userId}`;

/** The list with its version. */
export function standingOf(who: Omit<StandingList, "version">): StandingList {
  return { version: createHash("sha256").update(JSON.stringify(who)).digest("base64url").slice(0, 22), ...who };
}

/** Who is suspended, deleted or has another role than before, as far as this process knows. */
export class Standing {
  private tenants: ReadonlyMap<string, StandingList["tenants"][number]> = new Map();
  private persons: ReadonlyMap<string, StandingList["persons"][number]> = new Map();
  private roles: ReadonlyMap<string, Role | null> = new Map();
  private readonly listeners = new Set<() => void>();
  private current = "";

  get version(): string {
    return this.current;
  }

  /** Deleted tenants, with what is left of them. */
  get deleted(): readonly { readonly id: string; readonly erased: boolean }[] {
    return [...this.tenants.values()].filter(({ reason }) => reason === null);
  }

  set({ version, tenants, persons, roles }: StandingList): void {
    if (version === this.current) return;
    this.current = version;
    this.tenants = new Map(tenants.map((tenant) => [tenant.id, tenant]));
    this.persons = new Map(persons.map((person) => [person.id, person]));
    this.roles = new Map(roles.map((member) => [memberKey(member), member.role]));
    for (const listener of [...this.listeners]) listener();
  }

  /** Throws where a tenant is suspended, and as for an unknown token where it was deleted. */
  checkTenant(tenantId: string): void {
    const found = this.tenants.get(tenantId);
    if (!found) return;
    if (found.reason === null) throw new ServiceError("unauthorized", { detail: "The tenant was deleted" });
    throw tenantSuspended(found.reason);
  }

  checkPerson(userId: string): void {
    const found = this.persons.get(userId);
    if (!found) return;
    if (found.reason === null) throw new ServiceError("unauthorized", { detail: "The account was deleted" });
    throw accountSuspended(found.reason);
  }

  /** The caller with the role that counts now, whatever their token says. Throws where they may not work. */
  admit(caller: Principal): Principal {
    this.checkPerson(caller.userId);
    this.checkTenant(caller.tenantId);
    const role = this.roles.get(memberKey(caller));
    if (role === undefined || role === caller.role) return caller;
    if (role === null) throw new ServiceError("unauthorized", { detail: "You are no member of this tenant any more" });
    return { ...caller, role };
  }

  stops(who: Who): boolean {
    const isOut = this.tenants.has(who.tenantId) || this.persons.has(who.userId);
    return isOut || this.roles.get(memberKey(who)) === null;
  }

  stopsTenant(tenantId: string): boolean {
    return this.tenants.has(tenantId);
  }

  /** Calls back after each change, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

export function tenantSuspended(reason: string): ServiceError {
  return new ServiceError("tenant_suspended", { detail: `The tenant is suspended: ${reason}`, extensions: { reason } });
}

export function accountSuspended(reason: string): ServiceError {
  return new ServiceError("account_suspended", {
    detail: `The account is suspended: ${reason}`,
    extensions: { reason },
  });
}
