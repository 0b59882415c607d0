import { createHash } from "node:crypto";
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

/** Tenants and persons that may not work now; everybody else may. */
export const standingList = z.object({
  /** Changes with the list. */
  version: z.string(),
  tenants: z.array(one.extend({ erased: z.boolean().describe("False while a deleted tenant's workspaces remain") })),
  persons: z.array(one),
});
export type StandingList = z.output<typeof standingList>;

type Who = Pick<Principal, "tenantId" | "userId">;

/** The list with its version. */
export function standingOf(who: Omit<StandingList, "version">): StandingList {
  return { version: createHash("sha256").update(JSON.stringify(who)).digest("base64url").slice(0, 22), ...who };
}

/** Who is suspended or deleted, as far as this process knows. */
export class Standing {
  private tenants: ReadonlyMap<string, StandingList["tenants"][number]> = new Map();
  private persons: ReadonlyMap<string, StandingList["persons"][number]> = new Map();
  private readonly listeners = new Set<() => void>();
  private current = "";

  get version(): string {
    return this.current;
  }

  /** Deleted tenants, with what is left of them. */
  get deleted(): readonly { readonly id: string; readonly erased: boolean }[] {
    return [...this.tenants.values()].filter(({ reason }) => reason === null);
  }

  set({ version, tenants, persons }: StandingList): void {
    if (version === this.current) return;
    this.current = version;
    this.tenants = new Map(tenants.map((tenant) => [tenant.id, tenant]));
    this.persons = new Map(persons.map((person) => [person.id, person]));
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

  check({ tenantId, userId }: Who): void {
    this.checkPerson(userId);
    this.checkTenant(tenantId);
  }

  stops(who: Who): boolean {
    return this.tenants.has(who.tenantId) || this.persons.has(who.userId);
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
