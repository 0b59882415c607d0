import { excerpt } from "@nexus/host";
import { refuted, unconfirmed, type ProbeResult } from "./types";

const isTlsRecord = (bytes: Buffer) => (bytes[0] === 0x15 || bytes[0] === 0x16) && bytes[1] === 0x03;

/** Known software that answers like this, if it often listens on such a port. */
function nameOf(bytes: Buffer): string | undefined {
  const text = bytes.subarray(0, 16).toString("latin1");
  if (text.startsWith("HTTP/")) return "an HTTP server";
  if (text.startsWith("SSH-")) return "an SSH server";
  if (/^220[ -]/.test(text)) return "a mail or FTP server";
  if (/^\+(OK|PONG)/.test(text) || text.startsWith("-ERR")) return "a Redis-like or mail server";
  if (bytes[3] === 0 && bytes[4] === 0x0a) return "a MySQL server";
  return undefined;
}

/** The verdict on an answer of another protocol: other software, or TLS around an unknown protocol. */
export function stranger(bytes: Buffer): ProbeResult {
  if (isTlsRecord(bytes)) return unconfirmed("speaks only TLS, which the handshake does not open");
  const name = nameOf(bytes);
  return refuted(name ? `answered like ${name}` : `answered in another protocol: "${excerpt(bytes)}"`);
}
