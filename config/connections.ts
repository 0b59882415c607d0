import type * as pulumi from "@pulumi/pulumi";
import { isIPv4 } from "node:net";
import {
  alternatives,
  type CacheConnection,
  clusterName,
  type Connection,
  type Connections,
  containerPorts,
  type DatabaseConnection,
  type DatabaseMode,
  databaseRole,
  type IssuerConnection,
  type Outside,
  sslModes,
} from "@nexus/contract";
import type { Inputs } from "./inputs";
import { type Problem, removeCommand, setCommand, setSecretCommand } from "./problem";
import type { Sections } from "./schema";
import type { BackupSection } from "./sections/data";

/** The two servers, each with the secret that holds the URL of an external one. */
const SERVERS = [
  { section: "postgres", secret: "databaseUrl", example: "postgres://user:password@host:5432/name" },
  { section: "redis", secret: "redisUrl", example: "redis://:password@host:6379" },
] as const;
type UrlKey = (typeof SERVERS)[number]["secret"];

const PROTOCOLS: Readonly<Record<UrlKey, readonly string[]>> = {
  databaseUrl: ["postgres:", "postgresql:"],
  redisUrl: ["redis:", "rediss:"],
};

/** A Service's name inside the cluster, with the namespace it is in. */
const IN_CLUSTER = /^[a-z0-9-]+\.([a-z0-9-]+)\.svc(\.cluster\.local)?$/;

interface ServerUrl {
  readonly protocol: string;
  readonly host: string;
  readonly port: number | null;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly sslMode: string | null;
}

/** The parts of a URL; undefined when it does not say where the server is. */
function parse(key: UrlKey, text: string): ServerUrl | undefined {
  try {
    const { protocol, hostname, port, username, password, pathname, searchParams } = new URL(text);
    if (!PROTOCOLS[key].includes(protocol) || hostname === "") return undefined;
    const [user, database] = [decodeURIComponent(username), decodeURIComponent(pathname.slice(1))];
    if (key === "databaseUrl" && (user === "" || database === "")) return undefined;
    return {
      protocol,
      host: hostname,
      port: port === "" ? null : Number(port),
      user,
      password: decodeURIComponent(password),
      database,
      sslMode: searchParams.get("sslmode"),
    };
  } catch {
    // Not a URL, or one with a broken escape; the problem's text shows a valid one.
    return undefined;
  }
}

function given({ secrets }: Inputs, key: UrlKey): string | undefined {
  return secrets.find(({ name }) => name === key)?.value;
}

/** What is wrong with the URLs of external servers, which are secrets. The values never appear in a message. */
export function connectionProblems(config: Sections, inputs: Inputs): Problem[] {
  return SERVERS.flatMap(({ section, secret, example }): Problem[] => {
    const { mode } = config[section];
    const url = given(inputs, secret);
    const path = [secret];
    const fix = setSecretCommand(secret, example);
    if (mode !== "external") {
      const text = `is set, but ${section}.mode is "${mode}"`;
      const unused = url === undefined ? [] : [{ path, text, fix: setCommand([section, "mode"], "external") }];
      return [...unused, ...authorityProblems(section, config)];
    }
    if (url === undefined) return [{ path, text: `is missing; ${section}.mode "external" needs it`, fix }];
    const parsed = parse(secret, url);
    if (!parsed) return [{ path, text: `is not a URL such as ${example}`, fix }];
    return [...sslModeProblems(path, parsed), ...authorityProblems(section, config, parsed)];
  });
}

/** Otherwise the error would appear only when a pod starts. */
function sslModeProblems(path: string[], { sslMode }: ServerUrl): Problem[] {
  if (sslMode === null || sslModes.some((mode) => mode === sslMode)) return [];
  const known = sslMode === "allow" || sslMode === "prefer";
  const text = known
    ? `asks for sslmode ${sslMode}, which may fall back to plain text; use ${alternatives(sslModes)}`
    : `asks for an unknown sslmode; use ${alternatives(sslModes)}`;
  const fix = setSecretCommand(path.join("."), "postgres://user:password@host:5432/name?sslmode=verify-full");
  return [{ path, text, fix }];
}

/** Certificate authorities apply only to external servers that use TLS. */
function authorityProblems(section: "postgres" | "redis", config: Sections, url?: ServerUrl): Problem[] {
  if (config[section].caCertificate === null) return [];
  const path = [section, "caCertificate"];
  if (!url)
    return [{ path, text: `is set, but ${section}.mode is "${config[section].mode}"`, fix: removeCommand(path) }];
  const encrypted = section === "redis" ? url.protocol === "rediss:" : (url.sslMode ?? "disable") !== "disable";
  const ask = section === "redis" ? "rediss://" : "sslmode=verify-full";
  const text = `is set, but the URL asks for no encryption (${ask})`;
  return encrypted ? [] : [{ path, text, fix: removeCommand(path) }];
}

/** The external host as the peer of a NetworkPolicy. @param cidr its network; null for a public address */
function peerOf(host: string, cidr: string | null): Outside {
  const namespace = IN_CLUSTER.exec(host)?.[1];
  if (namespace !== undefined) return { kind: "namespace", name: namespace };
  if (isIPv4(host)) return { kind: "addresses", cidr: `${host}/32` };
  return cidr === null ? { kind: "internet" } : { kind: "addresses", cidr };
}

/** Where the servers are. The configuration must be free of {@link connectionProblems}. */
export function connectionsOf(config: Sections, inputs: Inputs): Connections {
  return { database: database(config, inputs), cache: cache(config, inputs), issuer: issuer(config) };
}

/** Backups of the database, wherever its server is. */
export interface Backups {
  readonly settings: NonNullable<BackupSection>;
  /** The object storage that they go to; null for a volume. */
  readonly storage: Pick<Connection, "peer" | "port"> | null;
}

export function backupsOf({ postgres: { mode, backup } }: Sections): Backups | undefined {
  if (mode === "none" || backup === null) return undefined;
  if (backup.s3 === null) return { settings: backup, storage: null };
  const { endpoint, region, cidr } = backup.s3;
  const { hostname, port, protocol } = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`);
  const usual = protocol === "https:" ? 443 : 80;
  return { settings: backup, storage: { peer: peerOf(hostname, cidr), port: port === "" ? usual : Number(port) } };
}

function database({ names, postgres, secrets }: Sections, inputs: Inputs): DatabaseConnection | null {
  const { postgres: port } = containerPorts;
  if (postgres.mode === "builtin") {
    const own = { host: names.postgres, port, peer: names.postgres, name: "nexus" };
    return { ...own, user: databaseRole(secrets.rotation), sslMode: null, ca: null, caSecret: null };
  }
  if (postgres.mode === "cloudnativepg") {
    const cluster = clusterName(names.postgres);
    const own = { host: `${cluster}-rw`, port, peer: cluster, name: "nexus", user: databaseRole(0) };
    return { ...own, sslMode: "verify-full", ca: null, caSecret: `${cluster}-ca` };
  }
  const url = postgres.mode === "external" ? parse("databaseUrl", given(inputs, "databaseUrl") ?? "") : undefined;
  if (!url) return null;
  const { host, user } = url;
  const sslMode = sslModes.find((mode) => mode === url.sslMode) ?? null;
  const peer = peerOf(host, postgres.cidr);
  const target = { host, port: url.port ?? port, peer, name: url.database };
  return { ...target, user, sslMode, ca: postgres.caCertificate, caSecret: null };
}

function cache({ names, redis }: Sections, inputs: Inputs): CacheConnection | null {
  const { redis: port } = containerPorts;
  if (redis.mode === "builtin") return { host: names.redis, port, peer: names.redis, tls: false, ca: null };
  const url = redis.mode === "external" ? parse("redisUrl", given(inputs, "redisUrl") ?? "") : undefined;
  if (!url) return null;
  const { host, protocol } = url;
  const [peer, tls] = [peerOf(host, redis.cidr), protocol === "rediss:"];
  return { host, port: url.port ?? port, peer, tls, ca: redis.caCertificate };
}

function issuer({ auth: { oidc }, graphstudio }: Sections): IssuerConnection | null {
  if (oidc.issuer === null || !graphstudio.backend.enabled) return null;
  const { protocol, hostname: host, port } = new URL(oidc.issuer);
  const usual = protocol === "https:" ? 443 : 80;
  const peer = peerOf(host, oidc.network);
  return { host, port: port === "" ? usual : Number(port), peer, ca: oidc.caCertificate };
}

/** Passwords of the servers: null where there is none, undefined where one is generated. */
export interface Passwords {
  readonly databasePassword: pulumi.Output<string> | null | undefined;
  readonly redisPassword: pulumi.Output<string> | null | undefined;
}

/** Whether the stack decides about the database and its password, whoever runs the servers. */
function isOwn(mode: DatabaseMode): boolean {
  return mode === "builtin" || mode === "cloudnativepg";
}

export function passwordsOf({ postgres, redis }: Sections, inputs: Inputs): Passwords {
  const inUrl = (key: UrlKey) => {
    const output = inputs.secretOutputs[key];
    const password = (text: string) => parse(key, text)?.password ?? "";
    return output && password(given(inputs, key) ?? "") !== "" ? output.apply(password) : null;
  };
  const builtin = { postgres: inputs.secretOutputs.databasePassword, redis: undefined };
  return {
    databasePassword: isOwn(postgres.mode) ? builtin.postgres : inUrl("databaseUrl"),
    redisPassword: redis.mode === "builtin" ? builtin.redis : inUrl("redisUrl"),
  };
}
