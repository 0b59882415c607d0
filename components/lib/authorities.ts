import { createHash } from "node:crypto";
import { clusterName, type Connections, type Names } from "@nexus/contract";
import type { Values } from "./platform";

/** Where pods find the certificates of authorities. */
const DIRECTORY = "/etc/nexus/ca";
/** Where they find the one that an operator made for the database. */
const OPERATOR_DIRECTORY = "/etc/nexus/database-ca";
const OPERATOR_FILE = "ca.crt";

/** Files that a pod finds in a directory, read-only. */
export interface MountedFiles {
  readonly name: string;
  readonly path: string;
  /** ConfigMap with one key per file, or the one file of a Secret. */
  readonly source: { readonly configMap: string } | { readonly secret: string; readonly file: string };
}

function authoritiesOf({ database, cache, issuer }: Connections) {
  return [
    { variable: "DATABASE_SSLROOTCERT", name: "database", pem: database?.ca ?? null },
    { variable: "REDIS_TLS_CA_FILE", name: "redis", pem: cache?.ca ?? null },
    { variable: "OIDC_CA_FILE", name: "oidc", pem: issuer?.ca ?? null },
  ].flatMap(({ variable, name, pem }) => (pem === null ? [] : [{ variable, file: `${name}-${digest(pem)}.pem`, pem }]));
}

/**
 * Part of the file's name, so that a change of the certificates changes the setting and replaces the pods that read it.
 */
function digest(pem: string): string {
  return createHash("sha256").update(pem).digest("hex").slice(0, 12);
}

/** Certificates in PEM by the name of their file. */
export function authorityFiles(connections: Connections): Values {
  return Object.fromEntries(authoritiesOf(connections).map(({ file, pem }) => [file, pem]));
}

/** Where services find them, by environment variable. */
export function authoritySettings(connections: Connections): Values {
  const given = authoritiesOf(connections).map(({ variable, file }) => [variable, `${DIRECTORY}/${file}`] as const);
  const operated = connections.database?.caSecret
    ? [["DATABASE_SSLROOTCERT", `${OPERATOR_DIRECTORY}/${OPERATOR_FILE}`] as const]
    : [];
  return Object.fromEntries([...given, ...operated]);
}

/** Name of the ConfigMap with the files. */
export function authoritiesName(names: Names): string {
  return `${names.settings}-ca`;
}

/** The volume for pods that connect to such servers; empty if every authority is one that Node.js knows. */
export function mountedAuthorities({
  names,
  values,
}: {
  readonly names: Names;
  readonly values: Values;
}): MountedFiles[] {
  const isIn = (directory: string) =>
    ["DATABASE_SSLROOTCERT", "REDIS_TLS_CA_FILE", "OIDC_CA_FILE"].some((key) => {
      const value = values[key];
      return typeof value === "string" && value.startsWith(`${directory}/`);
    });
  // The Secret also has the authority's key, which no pod may read.
  const secret = { secret: `${clusterName(names.postgres)}-ca`, file: OPERATOR_FILE };
  return [
    ...(isIn(DIRECTORY)
      ? [{ name: "authorities", path: DIRECTORY, source: { configMap: authoritiesName(names) } }]
      : []),
    ...(isIn(OPERATOR_DIRECTORY) ? [{ name: "database-authority", path: OPERATOR_DIRECTORY, source: secret }] : []),
  ];
}

/** The volume of such files, as a pod's manifest has it. */
export function fileVolume({ name, source }: MountedFiles) {
  if ("configMap" in source) return { name, configMap: { name: source.configMap } };
  return { name, secret: { secretName: source.secret, items: [{ key: source.file, path: source.file }] } };
}

/** Mount path of the volume in a container. */
export function fileMount({ name, path }: MountedFiles) {
  return { name, mountPath: path, readOnly: true };
}
