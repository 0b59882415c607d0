import type { sslModes } from "@nexus/contract";
import { checkServerIdentity, type ConnectionOptions } from "node:tls";
import { errorCode, isError } from "./is-error";

export type SslMode = (typeof sslModes)[number];

export interface DatabaseTlsEnv {
  readonly DATABASE_HOST: string;
  /** @default "disable" */
  readonly DATABASE_SSLMODE?: SslMode | undefined;
  /** Certificate authorities in PEM. */
  readonly DATABASE_SSLROOTCERT?: string | undefined;
}

/** Options of the connection; false for plain text. */
export function databaseTls(env: DatabaseTlsEnv): ConnectionOptions | false {
  const { DATABASE_HOST: host, DATABASE_SSLMODE: mode = "disable", DATABASE_SSLROOTCERT: ca } = env;
  switch (mode) {
    case "disable":
      return false;
    case "require":
      // libpq checks the authority here as well once it is told which ones count.
      return ca === undefined ? { rejectUnauthorized: false } : { ca, checkServerIdentity: () => undefined };
    case "verify-ca":
      return { ca, checkServerIdentity: () => undefined };
    case "verify-full":
      // The name that the driver passes is not the host's when that is an address.
      return { ca, checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate) };
  }
}

const CERTIFICATE_CODE = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT_|HOSTNAME_MISMATCH|INVALID_CA)/;

/** What is wrong with encryption, to go after the name of the server; undefined for an error about something else. */
export function explainTlsError(error: unknown): string | undefined {
  if (!isError(error)) return undefined;
  const code = errorCode(error);
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return "has a certificate for another name (DATABASE_HOST, or DATABASE_SSLMODE verify-ca)";
  if (CERTIFICATE_CODE.test(code))
    return `has a certificate of an unknown authority (DATABASE_SSLROOTCERT): ${error.message}`;
  if (error.message === "The server does not support SSL connections") return "does not offer TLS (DATABASE_SSLMODE)";
  if (code === "28000" && error.message.includes("no encryption")) return "asks for TLS (DATABASE_SSLMODE)";
  return undefined;
}
