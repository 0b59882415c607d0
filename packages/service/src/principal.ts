import type { Permission, Role } from "@nexus/contract";

/** The caller: the user, and the tenant whose data the call uses. */
export interface Principal {
  readonly userId: string;
  readonly tenantId: string;
  readonly role: Role;
  readonly email: string;
  /** What an API key may do at most; undefined for a person, who may do what their role may. */
  readonly scopes?: readonly Permission[];
  /** The tenant's plan as its token or API key says; undefined for the default plan. */
  readonly plan?: string | undefined;
}

/**
 * The user and tenant of a token; undefined if it is not valid. Throws `issuer_unavailable` if keys cannot be fetched.
 */
export type AsyncTokenVerifier = (token: string) => Promise<Principal | undefined>;

/** The same, without a promise if the answer is known. */
export type TokenVerifier = (token: string) => ReturnType<AsyncTokenVerifier> | Principal | undefined;
