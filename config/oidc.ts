import type { Inputs } from "./inputs";
import { type Contradiction, removeCommand, setCommand, setSecretCommand } from "./problem";
import type { Sections } from "./schema";

const SECRET = "oidcClientSecret";
const ISSUER = ["auth", "oidc", "issuer"];
const EXAMPLE = "https://login.example.com";

/** What is missing for signing in with an identity provider, or is there in vain. */
export function oidcProblems({ auth, graphstudio: { backend } }: Sections, { secrets }: Inputs): Contradiction[] {
  const { issuer, clientId, groups, network, caCertificate } = auth.oidc;
  const hasSecret = secrets.some(({ name }) => name === SECRET);
  if (issuer === null) {
    const withoutIssuer = (path: readonly string[], text: string): Contradiction[] => [
      { path: ISSUER, text: `is missing; ${text}`, fix: setCommand(ISSUER, EXAMPLE), because: path },
    ];
    if (!auth.passwords) return withoutIssuer(["auth", "passwords"], 'auth.passwords "false" leaves no way to sign in');
    if (clientId !== null) return withoutIssuer(["auth", "oidc", "clientId"], "auth.oidc.clientId applies only to it");
    if (network !== null) return withoutIssuer(["auth", "oidc", "network"], "auth.oidc.network is that of an issuer");
    if (caCertificate !== null)
      return withoutIssuer(["auth", "oidc", "caCertificate"], "auth.oidc.caCertificate is for that of an issuer");
    if (Object.keys(groups).length > 0)
      return withoutIssuer(["auth", "oidc", "groups"], "auth.oidc.groups are those of an issuer");
    const text = "is set, but auth.oidc.issuer is not";
    return hasSecret ? [{ path: [SECRET], text, fix: removeCommand([SECRET]) }] : [];
  }
  if (!backend.enabled) return [];
  const found: Contradiction[] = [];
  if (caCertificate !== null && issuer.startsWith("http:")) {
    const path = ["auth", "oidc", "caCertificate"];
    const text = "is set, but auth.oidc.issuer asks for no encryption (https://)";
    found.push({ path, text, fix: removeCommand(path), because: ISSUER });
  }
  const needed = [
    { path: ["auth", "oidc", "clientId"], value: clientId, example: "nexus" },
    { path: ["graphstudio", "backend", "studioUrl"], value: backend.studioUrl, example: "https://studio.example.com" },
  ];
  for (const { path, value, example } of needed) {
    const text = "is missing; signing in with auth.oidc.issuer needs it";
    if (value === null) found.push({ path, text, fix: setCommand(path, example), because: ISSUER });
  }
  if (!hasSecret) {
    const text = "is missing; signing in with auth.oidc.issuer needs it";
    found.push({ path: [SECRET], text, fix: setSecretCommand(SECRET, "<secret>"), because: ISSUER });
  }
  return found;
}
