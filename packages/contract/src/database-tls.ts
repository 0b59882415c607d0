import { checkServerIdentity, type ConnectionOptions } from "node:tls";
import type { SslMode } from "./connections";

/** How a connection to the database is encrypted. */
export interface DatabaseTls {
  readonly host: string;
  readonly mode: SslMode;
  /** Certificate authorities in PEM; undefined for those that Node.js knows. */
  readonly ca: string | undefined;
}

/** TLS options of the connection; false for plain text. */
export function tlsOptions({ host, mode, ca }: DatabaseTls): ConnectionOptions | false {
  switch (mode) {
    case "disable":
      return false;
    case "require":
      // libpq also checks the authority here if trusted authorities are given.
      return ca === undefined ? { rejectUnauthorized: false } : { ca, checkServerIdentity: () => undefined };
    case "verify-ca":
      return { ca, checkServerIdentity: () => undefined };
    case "verify-full":
      // If the host is an address, the driver does not pass it as the server's name.
      return { ca, checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate) };
  }
}

/** Codes of errors about a server's certificate. */
export const CERTIFICATE_CODES =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT_|HOSTNAME_MISMATCH|INVALID_CA)/;
/** The one of them for a certificate that is good, but for another name. */
export const OTHER_NAME_CODE = "ERR_TLS_CERT_ALTNAME_INVALID";
/** What the driver says about a server without TLS; it has no code for it. */
export const NO_TLS_MESSAGE = "The server does not support SSL connections";
