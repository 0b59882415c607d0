import { readOidcGroups } from "@nexus/contract";
import type { App } from "@nexus/service";
import type { BackendEnv } from "../env";
import { type OidcRoutesOptions, registerOidcRoutes } from "../routes/oidc";
import { GroupMemberships, type GroupMembershipsOptions } from "../store/group-memberships";
import { OidcStore } from "../store/oidc-store";
import { createIdentityProvider } from "./identity-provider";
import { OidcService, type OidcServiceOptions } from "./oidc-service";

export interface OidcModuleOptions
  extends
    Pick<OidcServiceOptions, "browsers" | "secondFactors" | "addresses" | "trails">,
    Pick<OidcRoutesOptions, "hooks" | "authenticate">,
    Pick<GroupMembershipsOptions, "db" | "plans" | "log"> {
  readonly env: BackendEnv;
}

/** Signing in with an identity provider. */
export function startOidcModule(app: App, options: OidcModuleOptions): void {
  const { env, db, plans, browsers, secondFactors, addresses, trails, hooks, authenticate, log } = options;
  const mapping = env.OIDC_GROUPS === undefined ? undefined : readOidcGroups(env.OIDC_GROUPS);
  const service = new OidcService({
    provider: createIdentityProvider(env, log),
    people: new OidcStore(db, env.OIDC_CREATE_ACCOUNTS),
    memberships: new GroupMemberships({ db, mapping: mapping ?? {}, plans, log }),
    browsers,
    secondFactors,
    addresses,
    trails,
    groupsClaim: mapping && env.OIDC_GROUPS_CLAIM,
    verifiedOnly: env.OIDC_VERIFIED_EMAIL,
    log,
  });
  registerOidcRoutes(app, { service, hooks, env, authenticate });
}
