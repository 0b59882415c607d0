import { explainCertificate, type Logger, ServiceError } from "@nexus/service";
import * as client from "openid-client";
import type { BackendEnv } from "../env";
import { within } from "../within";
import type { Attempt } from "./attempt";
import { type Claims, claimAt } from "./claims";
import { createLimitedFetch } from "./limited-fetch";

export interface IdentityProviderOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Trusted certificate authorities in PEM; undefined for those that Node.js knows. */
  readonly ca: string | undefined;
  /** Where the provider sends people back to; a page of the studio. */
  readonly returnUrl: string;
  readonly scopes: string;
  /** Claims without which the user info is asked for. */
  readonly needed: readonly string[];
  readonly log: Logger;
}

/** Somebody as their identity provider knows them. */
export interface Person {
  readonly issuer: string;
  readonly subject: string;
  readonly claims: Claims;
}

/** The page of the studio that the provider leads back to. */
const RETURN_PAGE = "/signed-in";
const REQUEST_SECONDS = 4;
/** The longest that a person waits: for all requests of one sign-in together. */
const TOTAL_MS = 8000;
/** How long the provider's description is used. */
const DESCRIPTION_MS = 600_000;
const CLOCK_SKEW_SECONDS = 60;
/** A provider that failed is asked for its description and keys anew, but not more often than this. */
const RETRY_SECONDS = 10;
const MAX_SUBJECT = 255;

/** @returns undefined if no issuer is set */
export function createIdentityProvider(env: BackendEnv, log: Logger): IdentityProvider | undefined {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret, STUDIO_URL: studio } = env;
  if (issuer === undefined || clientId === undefined || clientSecret === undefined || studio === undefined)
    return undefined;
  const needed = ["email", ...(env.OIDC_GROUPS === undefined ? [] : [env.OIDC_GROUPS_CLAIM])];
  const returnUrl = new URL(RETURN_PAGE, studio).href;
  const { OIDC_CA_FILE: ca, OIDC_SCOPES: scopes } = env;
  return new IdentityProvider({ issuer, clientId, clientSecret, ca, returnUrl, scopes, needed, log });
}

/** The identity provider, as the studio talks to it. */
export class IdentityProvider {
  private description: { readonly at: number; readonly client: Promise<client.Configuration> } | undefined;

  private readonly fetch: ReturnType<typeof createLimitedFetch>;

  constructor(private readonly options: IdentityProviderOptions) {
    this.fetch = createLimitedFetch(options.ca);
  }

  /** Discovery accepts an issuer with and without a slash at its end, so this does too. */
  isCalled(issuer: string): boolean {
    return withoutSlash(issuer) === withoutSlash(this.options.issuer);
  }

  /** @returns the URL to which the browser goes to sign in */
  async begin({ state, nonce, codeVerifier }: Attempt): Promise<string> {
    const { returnUrl, scopes } = this.options;
    return await this.asking(async () => {
      const url = client.buildAuthorizationUrl(await this.client(), {
        redirect_uri: returnUrl,
        scope: scopes,
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: "S256",
      });
      return url.href;
    });
  }

  /**
   * Reads who signed in at the provider.
   * @param answer the query that the provider added to the URL of the studio's page, with its question mark
   */
  async finish({ state, nonce, codeVerifier }: Attempt, answer: string): Promise<Person> {
    return await this.asking(async () => {
      const provider = await this.client();
      const url = new URL(this.options.returnUrl);
      url.search = answer;
      const tokens = await client.authorizationCodeGrant(provider, url, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
      });
      const idToken = tokens.claims();
      if (!idToken || idToken.sub.length > MAX_SUBJECT) throw new ServiceError("oidc_refused");
      const { iss: issuer, sub: subject } = idToken;
      const isComplete = this.options.needed.every((name) => claimAt(idToken, name) !== undefined);
      const hasMore = !isComplete && provider.serverMetadata().userinfo_endpoint !== undefined;
      const more = hasMore ? await client.fetchUserInfo(provider, tokens.access_token, subject) : {};
      return { issuer, subject, claims: { ...idToken, ...more } };
    });
  }

  /** The provider's description is fetched when it is needed, so that the studio starts without the provider. */
  private async client(): Promise<client.Configuration> {
    const known = this.description;
    if (known && known.at > Date.now() - DESCRIPTION_MS) return await known.client;
    const fresh = { at: Date.now(), client: this.discover().catch(unusable) };
    this.description = fresh;
    fresh.client.catch(() => {
      if (this.description === fresh) this.description = undefined;
    });
    return await fresh.client;
  }

  private async discover(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.options;
    const execute = [client.enableNonRepudiationChecks];
    // The configuration allows this for localhost and for Services of the cluster alone.
    if (issuer.startsWith("http:")) execute.push(client.allowInsecureRequests);
    const provider = await client.discovery(
      new URL(issuer),
      clientId,
      { [client.clockTolerance]: CLOCK_SKEW_SECONDS },
      (server, ...rest) => authenticationAt(server, clientSecret)(server, ...rest),
      { timeout: REQUEST_SECONDS, [client.customFetch]: this.fetch, execute },
    );
    // Such as `common` of Entra ID, where anybody's organisation would get in.
    if (provider.serverMetadata().issuer.includes("{"))
      throw new Error(`${issuer} stands for many issuers; set that of one organisation`);
    return provider;
  }

  private async asking<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await within(TOTAL_MS, work());
    } catch (error) {
      if (error instanceof ServiceError) throw error;
      const known = toKnown(error);
      if (this.description && this.description.at <= Date.now() - RETRY_SECONDS * 1000) this.description = undefined;
      const certificate = explainCertificate(error, { name: "OIDC_ISSUER", authorities: "OIDC_CA_FILE" });
      const problem = certificate ?? "did not sign somebody in";
      this.options.log.warn({ error, code: known.code }, `the identity provider ${problem}`);
      throw known;
    }
  }
}

const withoutSlash = (issuer: string) => issuer.replace(/\/$/, "");

/** A wrong description is a fault of the provider, so nobody is refused because of it. */
function unusable(cause: unknown): never {
  throw new Error("the description of the identity provider cannot be used", { cause });
}

/** How the client proves itself: as the provider says, or the standard's default. */
function authenticationAt(server: client.ServerMetadata, secret: string): client.ClientAuth {
  const methods = server.token_endpoint_auth_methods_supported;
  const usesBody = methods?.includes("client_secret_post") && !methods.includes("client_secret_basic");
  return usesBody ? client.ClientSecretPost(secret) : client.ClientSecretBasic(secret);
}

/** Codes of the library for what was checked and found wrong; anything else means that the provider does not work. */
const REFUSED = new Set([
  "OAUTH_INVALID_RESPONSE",
  "OAUTH_JWT_TIMESTAMP_CHECK_FAILED",
  "OAUTH_JWT_CLAIM_COMPARISON_FAILED",
  "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED",
  "OAUTH_UNSUPPORTED_OPERATION",
]);

function toKnown(error: unknown): ServiceError {
  const unavailable = () => new ServiceError("oidc_unavailable", { retryAfterSeconds: RETRY_SECONDS, cause: error });
  const refused = (detail?: string) => new ServiceError("oidc_refused", { detail, cause: error });
  if (error instanceof client.AuthorizationResponseError) {
    if (error.error === "server_error" || error.error === "temporarily_unavailable") return unavailable();
    return refused("The identity provider did not let you in, or you stopped there");
  }
  if (error instanceof client.ResponseBodyError) return error.error === "invalid_grant" ? refused() : unavailable();
  const code = error instanceof client.ClientError ? (error.code ?? "") : "";
  return REFUSED.has(code) ? refused() : unavailable();
}
