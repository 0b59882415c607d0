/** Who calls: the user, and the tenant on whose data the call works. */
export interface Principal {
  readonly userId: string;
  readonly tenantId: string;
  readonly role: "owner" | "member";
  readonly email: string;
}

/** Checks a token and tells who it is for; undefined when it is not valid. */
export type TokenVerifier = (token: string) => Principal | undefined;
