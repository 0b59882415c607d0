import { readOidcGroups } from "../oidc-groups";
import { file, flag, type Form, forms, text } from "../setting";

/** Names without a dot are looked up by nobody outside; `.svc` is a Service of this cluster. */
const WITHOUT_TLS = /^(?:localhost|127\.0\.0\.1|[a-z0-9-]+\.[a-z0-9-]+\.svc(?:\.cluster\.local)?)$/;

const issuer: Form = {
  test: (value) => {
    if (!forms.url.test(value) || value.length > 500 || /[?#]/.test(value)) return false;
    const { protocol, hostname, username, password } = new URL(value);
    return username + password === "" && (protocol === "https:" || WITHOUT_TLS.test(hostname));
  },
  what: "an https URL without query, or an http one of localhost or of a Service (`http://name.namespace.svc`)",
  example: "https://login.example.com",
};

const matching = (pattern: RegExp, what: string, example: string): Form => ({
  test: (value) => pattern.test(value),
  what,
  example,
});

const scopes: Form = {
  test: (value) => {
    const all = value.split(" ");
    return (
      value.length <= 500 && all.includes("openid") && all.every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))
    );
  },
  what: "scopes separated by single spaces, with `openid` among them",
  example: "openid email profile",
};

/** How people sign in with an identity provider; without an issuer there is none. */
export const oidcSettings = {
  LOCAL_SIGN_IN: flag(
    { at: "auth.passwords", default: true },
    "People sign in and sign up with passwords. If false, `auth.oidc` is the only way.",
  ),
  OIDC_ISSUER: text(
    { at: "auth.oidc.issuer", form: issuer, default: null },
    "Issuer of the identity provider, exactly as its discovery document names it; null for none.",
  ),
  OIDC_CLIENT_ID: text(
    {
      at: "auth.oidc.clientId",
      form: matching(/^[\x21-\x7e]{1,255}$/, "a client id without spaces, of at most 255 characters", "nexus"),
      default: null,
    },
    "Client id of the studio at the identity provider; needed with an issuer.",
  ),
  OIDC_CLIENT_SECRET: text(
    { secret: "`nexus:oidcClientSecret`", form: forms.any, default: null },
    "Secret of that client; needed with an issuer.",
  ),
  OIDC_CA_FILE: file(
    {
      stack: "the file that `auth.oidc.caCertificate` is mounted as",
      form: { ...forms.any, what: "the identity provider's certificate authorities in PEM" },
      default: null,
    },
    "File with the trusted certificate authorities; without it, those that Node.js knows.",
  ),
  OIDC_NAME: text(
    {
      at: "auth.oidc.name",
      form: matching(
        /^[\p{L}\p{N}][\p{L}\p{M}\p{N} .&'()_-]{0,39}$/u,
        "a name of at most 40 letters, digits, spaces and simple punctuation",
        "Example SSO",
      ),
      default: "single sign-on",
    },
    "Name of the identity provider on the button: Continue with NAME.",
  ),
  OIDC_SCOPES: text(
    {
      at: "auth.oidc.scopes",
      form: scopes,
      default: "openid email profile",
    },
    "Scopes to ask for, separated by spaces; groups may need one more.",
  ),
  OIDC_GROUPS_CLAIM: text(
    {
      at: "auth.oidc.groupsClaim",
      form: matching(/^[\x21-\x7e]{1,200}$/, "the name of a claim without spaces", "groups"),
      default: "groups",
    },
    "Claim that holds the groups of a person, as a list or as one text. A path with dots leads into objects, such as `realm_access.roles`.",
  ),
  OIDC_GROUPS: text(
    {
      stack: "`nexus:auth.oidc.groups` as JSON",
      form: { test: (value) => readOidcGroups(value) !== undefined, what: "groups as JSON", example: "{}" },
      default: null,
    },
    "Roles in tenants by the groups of the identity provider. Without it, groups are not read.",
  ),
  OIDC_CREATE_ACCOUNTS: flag(
    { at: "auth.oidc.createAccounts", default: true },
    "Make an account at the first sign-in of a person, whatever `auth.signUp` says. If false, only those who have an account get in.",
  ),
  OIDC_VERIFIED_EMAIL: flag(
    { at: "auth.oidc.verifiedEmail", default: true },
    "Refuse people whose address the identity provider does not say to be verified.",
  ),
};
