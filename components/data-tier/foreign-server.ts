import * as pulumi from "@pulumi/pulumi";
import {
  CERTIFICATE_CODES,
  type DatabaseConnection,
  type DatabaseFacts,
  databaseFactsQuery,
  databaseProblems,
  NO_TLS_MESSAGE,
  OTHER_NAME_CODE,
  tlsOptions,
} from "@nexus/contract";
import { messageOf, NexusError } from "@nexus/host";
import { Client } from "pg";

const TIMEOUT_MS = 5000;

export interface ForeignServerArgs {
  readonly connection: DatabaseConnection;
  readonly password: pulumi.Input<string> | null | undefined;
  /** Image whose pg_dump makes the backups; null if none are made. */
  readonly backupImage: string | null;
}

/** What this machine finds out about a server. */
export type ForeignServer =
  | { readonly kind: "asked"; readonly facts: DatabaseFacts }
  /** Pods may reach what this machine does not, so that is no error. */
  | { readonly kind: "unasked"; readonly why: string }
  | { readonly kind: "refused"; readonly problem: string };

/**
 * Checks the server of somebody else before anything is written, if this machine reaches it; otherwise the migration Job
 * is the first to find out.
 * @throws NexusError that names host, port and the fix
 */
export async function checkForeignServer({ connection, password, backupImage }: ForeignServerArgs): Promise<void> {
  const { host, port, peer } = connection;
  const where = `${host}:${port}`;
  // The name of a Service means nothing outside of the cluster.
  if (typeof peer !== "string" && peer.kind === "namespace") return;
  const server = await askForeignServer(connection, await plainText(password));
  if (server.kind === "unasked") {
    const text = `The database ${where} was not checked from this machine (${server.why}). The migration Job checks it in the cluster.`;
    return pulumi.log.info(text);
  }
  const problems = server.kind === "refused" ? [server.problem] : databaseProblems(server.facts);
  if (problems.length > 0)
    throw new NexusError(
      "The database of nexus:databaseUrl cannot be used. Nothing was changed:",
      problems.map((problem) => `${where}: ${problem}`),
    );
  const warning = server.kind === "asked" && backupImage !== null && versionWarning(server.facts, backupImage);
  if (warning) await pulumi.log.warn(warning);
}

function plainText(secret: ForeignServerArgs["password"]): Promise<string> {
  return new Promise((resolve) => pulumi.output(secret ?? "").apply(resolve));
}

export async function askForeignServer(connection: DatabaseConnection, password: string): Promise<ForeignServer> {
  const { host, port, user, name: database, sslMode, ca } = connection;
  const ssl = tlsOptions({ host, mode: sslMode ?? "disable", ca: ca ?? undefined });
  const account = { host, port, user, password, database };
  const client = new Client({ ...account, ssl, connectionTimeoutMillis: TIMEOUT_MS, query_timeout: TIMEOUT_MS });
  // Without a listener, a connection that breaks would end the program.
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<DatabaseFacts>(databaseFactsQuery);
    return rows[0] ? { kind: "asked", facts: rows[0] } : { kind: "unasked", why: "no answer" };
  } catch (error) {
    const problem = problemOf(error, connection);
    return problem === undefined ? { kind: "unasked", why: messageOf(error) } : { kind: "refused", problem };
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What is wrong for pods as well; undefined for what may be different in the cluster. */
function problemOf(error: unknown, { user, name }: DatabaseConnection): string | undefined {
  const { code = "" } = error as { readonly code?: string };
  const url = `pulumi config set --stack ${pulumi.getStack()} --secret nexus:databaseUrl <url>`;
  const message = messageOf(error);
  if (code === "28P01") return `the password of ${user} is wrong. Fix: ${url}`;
  if (code === "3D000") return `there is no database ${name}. Fix: create it on that server, or: ${url}`;
  // Whether pods may come in depends on their addresses.
  if (code === "28000" && !message.includes("pg_hba.conf")) return `${message}. Fix: ${url}`;
  if (message === NO_TLS_MESSAGE) return `the server offers no TLS. Fix: leave sslmode out of the URL; ${url}`;
  if (code === OTHER_NAME_CODE)
    return `the certificate is for another name. Fix: use a name in it, or ?sslmode=verify-ca; ${url}`;
  if (CERTIFICATE_CODES.test(code))
    return (
      `the certificate is not of a trusted authority (${message}). ` +
      `Fix: pulumi config set --stack ${pulumi.getStack()} --path nexus:postgres.caCertificate "$(cat ca.pem)"`
    );
  return undefined;
}

/** Without the right programs each night's backup would fail, which is easy to overlook. */
function versionWarning({ major }: DatabaseFacts, image: string): string | undefined {
  const [, programs] = /:(\d+)(?:[.@-]|$)/.exec(image) ?? [];
  if (programs === undefined || Number(programs) >= major) return undefined;
  return (
    `The database server is PostgreSQL ${major}, and backups by pg_dump ${programs} of nexus:postgres.image will fail. ` +
    `Fix: set nexus:postgres.image to an image of PostgreSQL ${major}, or nexus:postgres.backup to null.`
  );
}
