import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import type { DatabaseTls } from "@nexus/contract";

/** How connections to a server are encrypted. */
export type ServerTls = Omit<DatabaseTls, "host">;

/** A server that is reached by its socket, or whose connections stay inside the cluster. */
export const PLAIN: ServerTls = { mode: "disable", ca: undefined };

const files = new Map<string, string>();

/** The path of a file with this content, written once. */
function fileWith(pem: string): string {
  const known = files.get(pem);
  if (known !== undefined) return known;
  const file = join(mkdtempSync(join(tmpdir(), "nexus-ca-")), "ca.pem");
  writeFileSync(file, pem);
  files.set(pem, file);
  return file;
}

/**
 * The same for the programs of PostgreSQL, as variables of libpq. It trusts no authority by itself, so it gets those that
 * Node.js knows where there are no others.
 */
export function libpqTls({ mode, ca }: ServerTls): Record<string, string> {
  const checked = ca ?? (mode.startsWith("verify-") ? rootCertificates.join("\n") : undefined);
  return { PGSSLMODE: mode, ...(checked === undefined ? {} : { PGSSLROOTCERT: fileWith(checked) }) };
}
