/** Who calls: the user, and the tenant on whose data the call works. */
export interface Principal {
  readonly userId: string;
  readonly tenantId: string;
  readonly role: "owner" | "member";
  readonly email: string;
}

/** Who a token is for; undefined when it is not valid. Throws `issuer_unavailable` when keys cannot be fetched. */
export type AsyncTokenVerifier = (token: string) => Promise<Principal | undefined>;

/** The same, at once where the answer is known. */
export type TokenVerifier = (token: string) => ReturnType<AsyncTokenVerifier> | Principal | undefined;
