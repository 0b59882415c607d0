import { type Logger, ServiceError } from "@nexus/service";
import type { Client } from "../accounts/authority";
import type { AddressService } from "../accounts/address-service";
import type { BrowserAccess, BrowserService } from "../accounts/browser-service";
import type { SecondFactorService } from "../accounts/second-factor-service";
import { CREDENTIAL } from "../store/account-store";
import type { AuditStore } from "../store/audit-store";
import type { GroupMemberships } from "../store/group-memberships";
import { type OidcStore, requireSame } from "../store/oidc-store";
import type { Attempt } from "./attempt";
import { addressIn, groupsIn } from "./claims";
import type { IdentityProvider, Person } from "./identity-provider";

export interface OidcServiceOptions {
  /** Undefined where none is set. */
  readonly provider: IdentityProvider | undefined;
  readonly people: OidcStore;
  readonly memberships: GroupMemberships;
  readonly browsers: BrowserService;
  readonly secondFactors: SecondFactorService;
  readonly addresses: AddressService;
  readonly trails: AuditStore;
  /** The claim with the groups; undefined where groups mean nothing. */
  readonly groupsClaim: string | undefined;
  /** Whether only verified addresses count. */
  readonly verifiedOnly: boolean;
  readonly log: Logger;
}

/** Signs people in whom an identity provider vouches for. */
export class OidcService {
  constructor(private readonly options: OidcServiceOptions) {}

  async begin(attempt: Attempt): Promise<string> {
    return await this.provider().begin(attempt);
  }

  /**
   * Throws `second_factor_needed` for a person who has a second factor here: whether the provider asked for one is not known.
   * @param sessionToken the session that the browser has already; it lets its person connect an account
   */
  async finish(
    client: Client,
    attempt: Attempt | undefined,
    answer: string,
    sessionToken: string | undefined,
  ): Promise<BrowserAccess> {
    const { secondFactors, browsers } = this.options;
    const userId = await this.identify(attempt, answer, sessionToken);
    await secondFactors.demand(userId);
    return await browsers.open(client, userId);
  }

  /** How somebody can sign in. */
  async waysOf(userId: string): Promise<{ password: boolean; oidc: boolean }> {
    const { people, provider } = this.options;
    const issuers = await people.providersOf(userId);
    return { password: issuers.includes(CREDENTIAL), oidc: issuers.some((issuer) => provider?.isCalled(issuer)) };
  }

  /** @returns the id of the person, whose memberships now follow their groups */
  private async identify(attempt: Attempt | undefined, answer: string, sessionToken: string | undefined) {
    const provider = this.provider();
    try {
      if (!attempt)
        throw new ServiceError("oidc_refused", {
          detail: "This sign-in was begun in another browser or window, or too long ago; begin again",
        });
      return await this.userOf(await provider.finish(attempt, answer), sessionToken);
    } catch (error) {
      if (error instanceof ServiceError && error.status < 500)
        await this.options.trails.record({ act: "sign-in", outcome: "failed", target: { reason: error.code } });
      throw error;
    }
  }

  private async userOf({ issuer, subject, claims }: Person, sessionToken: string | undefined): Promise<string> {
    const { people, memberships, browsers, addresses, groupsClaim, verifiedOnly, log } = this.options;
    const groups = groupsClaim === undefined ? new Set<string>() : groupsIn(claims, groupsClaim);
    const signedIn = await browsers.userOf(sessionToken);
    let userId = await people.find(issuer, subject);
    if (userId === undefined) {
      const address = addressIn(claims);
      if (verifiedOnly && !address.verified) throw new ServiceError("oidc_email_unusable");
      userId = await people.admit({ issuer, subject, ...address, signedIn });
      log.info({ userId }, "an account of the identity provider was connected");
      await addresses.welcome(userId);
    }
    requireSame(signedIn, userId);
    await memberships.follow(userId, groups);
    return userId;
  }

  private provider(): IdentityProvider {
    if (!this.options.provider) throw new ServiceError("oidc_not_configured");
    return this.options.provider;
  }
}
