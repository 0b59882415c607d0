import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as tls from "node:tls";
import { runProgram } from "@nexus/host";

export interface HostSecrets {
  readonly npmrc?: string;
  readonly ca?: string;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

function normalise(pem: string): string {
  return pem.replace(/\s+/g, "");
}

/** Certificate authorities that this machine trusts and Node.js does not know, such as a company's own. */
function extraAuthorities(bundle: string): string[] {
  const known = new Set(tls.rootCertificates.map(normalise));
  return (bundle.match(CERTIFICATE) ?? []).filter((pem) => !known.has(normalise(pem)));
}

/**
 * Writes the files with which image builds reach package registries as this machine does: the user's npm settings and
 * the machine's own certificate authorities. Builds get them as secrets, and no image contains them.
 */
export async function hostSecrets(folder: string): Promise<HostSecrets> {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const secrets: { npmrc?: string; ca?: string } = {};
  const userConfig = path.join(os.homedir(), ".npmrc");
  const registry = (await runProgram("npm", ["config", "get", "registry"], { cwd: os.tmpdir() })).trim();
  const lines = fs.existsSync(userConfig) ? fs.readFileSync(userConfig, "utf8").trim().split("\n") : [];
  const kept = lines.filter((line) => /^\s*(@[^=]+:registry|\/\/|proxy|https-proxy|noproxy|strict-ssl)/.test(line));
  if (registry && registry !== "https://registry.npmjs.org/") kept.push(`registry=${registry}`);
  if (kept.length > 0) {
    secrets.npmrc = path.join(folder, "npmrc");
    fs.writeFileSync(secrets.npmrc, kept.join("\n") + "\n", { mode: 0o600 });
  }
  const bundle = process.env.NODE_EXTRA_CA_CERTS;
  const extra = bundle && fs.existsSync(bundle) ? extraAuthorities(fs.readFileSync(bundle, "utf8")) : [];
  if (extra.length > 0) {
    secrets.ca = path.join(folder, "ca.pem");
    fs.writeFileSync(secrets.ca, extra.join("\n") + "\n", { mode: 0o600 });
  }
  return secrets;
}
