import { X509Certificate } from "node:crypto";
import { excerpt } from "@nexus/host";
import { parseDocument } from "yaml";
import { z } from "zod";
import { refused, unusable } from "./cluster-error";

/** What remains of a kubeconfig: one server, and how to be known there. It is secret. */
export interface ClusterCredential {
  /** Names in the kubeconfig; they are shown, and not secret. */
  readonly context: string;
  readonly cluster: string;
  readonly user: string;
  /** Origin and path of the API server, always HTTPS. */
  readonly server: string;
  /** The context's own namespace. */
  readonly namespace: string;
  /** Certificates that the server's must come from, in PEM; undefined for those that Node.js trusts. */
  readonly authority: string | undefined;
  /** Name in the server's certificate; undefined for the host of `server`. */
  readonly serverName: string | undefined;
  /** Whether any certificate of the server is accepted. */
  readonly insecure: boolean;
  readonly login: { readonly token: string } | { readonly certificate: string; readonly key: string };
}

/** Maximum size of a kubeconfig. One with ten clusters and their certificates has about 60 KiB. */
export const MAX_KUBECONFIG_BYTES = 256 * 1024;
const MAX_ENTRIES = 100;
const MAX_NAME = 253;
const MAX_TOKEN = 16 * 1024;
const DEFAULT_NAMESPACE = "default";

const name = z.string().min(1).max(MAX_NAME);
const text = z.string().max(MAX_KUBECONFIG_BYTES);
const flag = z.boolean();
const named = <Name extends string, Part extends z.ZodType>(key: Name, part: Part) =>
  z.array(z.object({ name, [key]: part } as { name: typeof name } & Record<Name, Part>)).max(MAX_ENTRIES);

const clusterPart = z.object({
  server: text.min(1),
  "certificate-authority": text.optional(),
  "certificate-authority-data": text.optional(),
  "insecure-skip-tls-verify": flag.optional(),
  "proxy-url": text.optional(),
  "tls-server-name": z.string().max(MAX_NAME).optional(),
});
const userPart = z
  .object({
    token: z.string().max(MAX_TOKEN).optional(),
    "client-certificate-data": text.optional(),
    "client-key-data": text.optional(),
  })
  .loose();
const contextPart = z.object({ cluster: name, user: name, namespace: z.string().max(63).optional() });

const kubeconfig = z.object({
  clusters: named("cluster", clusterPart),
  users: named("user", userPart.nullable()),
  contexts: named("context", contextPart),
  "current-context": z.string().max(MAX_NAME).optional(),
});
type Kubeconfig = z.output<typeof kubeconfig>;

export interface ReadOptions {
  /** Context to use. @default the only one, else the current one */
  readonly context?: string;
  /** Whether an admin accepts a server whose certificate is not checked. @default false */
  readonly allowInsecure?: boolean;
}

/**
 * Ways to log in that a service must not follow: they start programs, read files, or do more than the entry says.
 * Each with what the user can do instead.
 */
const FORBIDDEN_LOGINS: Readonly<Record<string, string>> = {
  exec: "it starts a program. Use the token of a ServiceAccount",
  "auth-provider": "providers are not supported. Use the token of a ServiceAccount",
  tokenFile: "it is a file. Put its content into `token`",
  "client-certificate": "it is a file. Use `kubectl config view --flatten`",
  "client-key": "it is a file. Use `kubectl config view --flatten`",
  username: "passwords are not supported. Use the token of a ServiceAccount",
  password: "passwords are not supported. Use the token of a ServiceAccount",
  as: "impersonation is not supported. Use the credentials of that user",
  "as-uid": "impersonation is not supported. Use the credentials of that user",
  "as-groups": "impersonation is not supported. Use the credentials of that user",
  "as-user-extra": "impersonation is not supported. Use the credentials of that user",
};

/** The names of all contexts of a kubeconfig, to choose from, and the current one. */
export function contextsOf(source: string): {
  readonly names: readonly string[];
  readonly current: string | undefined;
} {
  const config = parse(source);
  const names = config.contexts.map((one) => one.name);
  return { names, current: names.find((one) => one === config["current-context"]) };
}

/**
 * Reads one context of a kubeconfig and keeps only what is needed to use it.
 * @throws ClusterError if it cannot be used, or asks for something that a service must not do
 */
export function readKubeconfig(
  source: string,
  { context, allowInsecure = false }: ReadOptions = {},
): ClusterCredential {
  const config = parse(source);
  const chosen = choose(config, context);
  const { cluster, user, namespace } = chosen.context;
  const server = find(config.clusters, cluster, `Context ${shown(chosen.name)} names the cluster`).cluster;
  const login = find(config.users, user, `Context ${shown(chosen.name)} names the user`).user;
  const insecure = server["insecure-skip-tls-verify"] === true;
  if (insecure && !allowInsecure)
    throw refused(
      `Cluster ${shown(cluster)} has \`insecure-skip-tls-verify\`: anybody on the way could read and change everything. Add its certificate authority, or let an admin accept this.`,
    );
  if (server["certificate-authority"] !== undefined)
    throw refused(
      `Cluster ${shown(cluster)} has \`certificate-authority\`: it is a file. Use \`kubectl config view --flatten\`.`,
    );
  if (server["proxy-url"] !== undefined)
    throw refused(`Cluster ${shown(cluster)} has \`proxy-url\`: proxies are not supported. Remove it.`);
  return {
    context: chosen.name,
    cluster,
    user,
    server: serverOf(server.server, cluster),
    namespace: namespace || DEFAULT_NAMESPACE,
    authority: certificates(
      server["certificate-authority-data"],
      `The certificate authority of cluster ${shown(cluster)}`,
    ),
    serverName: server["tls-server-name"],
    insecure,
    login: loginOf(login ?? {}, user),
  };
}

function parse(source: string): Kubeconfig {
  const bytes = Buffer.byteLength(source);
  if (bytes > MAX_KUBECONFIG_BYTES)
    throw unusable(
      `The kubeconfig has ${bytes} bytes; at most ${MAX_KUBECONFIG_BYTES} are allowed. Use \`kubectl config view --minify --flatten\`.`,
    );
  const document = parseDocument(source);
  const [error] = document.errors;
  if (error) throw unusable(`The kubeconfig is not valid YAML: line ${error.linePos?.[0].line ?? 1}, ${error.code}.`);
  const result = kubeconfig.safeParse(plain(() => document.toJS({ maxAliasCount: 0 }) as unknown));
  if (result.success) return result.data;
  // Only where it is and what was expected: the value may be a secret.
  const [issue] = result.error.issues;
  const where = issue?.path.join(".") || "the whole";
  throw unusable(`The kubeconfig is not valid: ${where}: ${issue?.message}. Use \`kubectl config view --flatten\`.`);
}

function plain(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    throw unusable("The kubeconfig uses YAML aliases, which are not allowed. Use `kubectl config view --flatten`.");
  }
}

const shown = (value: string) => `"${excerpt(value, 80)}"`;

function find<Entry extends { readonly name: string }>(entries: readonly Entry[], wanted: string, what: string): Entry {
  const [found, second] = entries.filter((entry) => entry.name === wanted);
  if (!found) throw unusable(`${what} ${shown(wanted)}, which is not in the kubeconfig. Add it.`);
  if (second) throw unusable(`${what} ${shown(wanted)}, which is in the kubeconfig twice. Remove one of them.`);
  return found;
}

function choose(config: Kubeconfig, wanted: string | undefined) {
  const names = config.contexts.map((one) => one.name);
  const choices = names.map(shown).join(", ");
  if (names.length === 0) throw unusable("The kubeconfig has no context. Use `kubectl config view --flatten`.");
  const chosen = wanted ?? (names.length === 1 ? names[0] : config["current-context"]);
  if (!chosen) throw unusable(`The kubeconfig has no current context. Choose one of ${choices}.`);
  if (!names.includes(chosen))
    throw unusable(`There is no context ${shown(chosen)} in the kubeconfig. Choose one of ${choices}.`);
  return find(config.contexts, chosen, "The choice is the context");
}

function serverOf(value: string, cluster: string): string {
  const subject = `The server of cluster ${shown(cluster)}`;
  if (!URL.canParse(value)) throw unusable(`${subject} is not a URL. Give one such as https://host:6443.`);
  const url = new URL(value);
  if (url.protocol !== "https:")
    throw refused(`${subject} has the protocol ${shown(url.protocol)}; only https: is allowed.`);
  if (url.username || url.password) throw refused(`${subject} contains a user or a password. Remove them.`);
  if (url.search || url.hash) throw refused(`${subject} contains a query or a fragment. Remove it.`);
  return `${url.origin}${url.pathname === "/" ? "" : url.pathname}`;
}

function loginOf(user: NonNullable<Kubeconfig["users"][number]["user"]>, userName: string): ClusterCredential["login"] {
  const subject = `User ${shown(userName)}`;
  for (const [key, why] of Object.entries(FORBIDDEN_LOGINS))
    if (user[key] !== undefined) throw refused(`${subject} has \`${key}\`: ${why}.`);
  const { token, "client-certificate-data": certificate, "client-key-data": key } = user;
  if (certificate !== undefined || key !== undefined) {
    const chain = certificates(certificate, `The client certificate of user ${shown(userName)}`);
    if (chain === undefined || key === undefined)
      throw unusable(`${subject} needs both \`client-certificate-data\` and \`client-key-data\`.`);
    return { certificate: chain, key: privateKey(key, `The client key of user ${shown(userName)}`) };
  }
  if (token === undefined || token === "")
    throw unusable(`${subject} has neither a token nor a client certificate. Add one.`);
  // A line end in a token would end the header that carries it.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw unusable(`The token of user ${shown(userName)} contains characters that no token has.`);
  return { token };
}

const PEM = /-----BEGIN ([A-Z0-9 ]{1,40})-----[A-Za-z0-9+/=\s]{1,200000}?-----END \1-----/g;

/** The blocks of a PEM text in base64, without what else it contains. */
function blocks(data: string, subject: string): string[] {
  if (!/^[A-Za-z0-9+/=\s]*$/.test(data)) throw unusable(`${subject} is not base64.`);
  return Buffer.from(data, "base64").toString("latin1").match(PEM) ?? [];
}

function certificates(data: string | undefined, subject: string): string | undefined {
  if (data === undefined) return undefined;
  const found = blocks(data, subject).filter((block) => block.startsWith("-----BEGIN CERTIFICATE-----"));
  if (found.length === 0 || !found.every(isCertificate)) throw unusable(`${subject} is not a certificate in PEM.`);
  return found.join("\n");
}

function isCertificate(block: string): boolean {
  try {
    return new X509Certificate(block).subject !== undefined;
  } catch {
    return false;
  }
}

function privateKey(data: string, subject: string): string {
  const [found] = blocks(data, subject).filter((block) => /^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(block));
  if (found === undefined) throw unusable(`${subject} is not a private key in PEM.`);
  return found;
}
