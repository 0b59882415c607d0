import { CERTIFICATE_CODES, NO_TLS_MESSAGE, OTHER_NAME_CODE, type SslMode, tlsOptions } from "@nexus/contract";
import type { ConnectionOptions } from "node:tls";
import { currentContent } from "./env-fields";
import { errorCode, isError } from "./is-error";

export interface DatabaseTlsEnv {
  readonly DATABASE_HOST: string;
  /** @default "disable" */
  readonly DATABASE_SSLMODE?: SslMode | undefined;
  /** Certificate authorities in PEM. */
  readonly DATABASE_SSLROOTCERT?: string | undefined;
}

/** TLS options of the connection; false for plain text. */
export function databaseTls(env: DatabaseTlsEnv): ConnectionOptions | false {
  const { DATABASE_HOST: host, DATABASE_SSLMODE: mode = "disable", DATABASE_SSLROOTCERT: ca } = env;
  const options = tlsOptions({ host, mode, ca });
  // The driver reads the options anew for each connection.
  if (options !== false && ca !== undefined)
    Object.defineProperty(options, "ca", { enumerable: true, get: () => currentContent(ca) });
  return options;
}

/** Which settings say what a certificate must be. */
export interface CertificateSettings {
  readonly name: string;
  readonly authorities: string;
}

/** The problem with a certificate, to be printed after the server's name; undefined for any other error. */
export function explainCertificate(error: unknown, settings: CertificateSettings): string | undefined {
  if (!isError(error)) return undefined;
  const code = errorCode(error);
  if (code === OTHER_NAME_CODE) return `has a certificate for another name (${settings.name})`;
  if (CERTIFICATE_CODES.test(code))
    return `has a certificate of an unknown authority (${settings.authorities}): ${error.message}`;
  return explainCertificate(error.cause, settings);
}

const DATABASE = { name: "DATABASE_HOST, or DATABASE_SSLMODE verify-ca", authorities: "DATABASE_SSLROOTCERT" };

/** The problem with encryption, to be printed after the server's name; undefined for any other error. */
export function explainTlsError(error: unknown): string | undefined {
  if (!isError(error)) return undefined;
  const certificate = explainCertificate(error, DATABASE);
  if (certificate !== undefined) return certificate;
  const code = errorCode(error);
  if (error.message === NO_TLS_MESSAGE) return "does not offer TLS (DATABASE_SSLMODE)";
  if (code === "28000" && error.message.includes("no encryption")) return "asks for TLS (DATABASE_SSLMODE)";
  return undefined;
}
