import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { generateKeyPairSync, webcrypto } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const LIFETIME_DAYS = 3650;

export interface CertificateRequest {
  /** File name without ending. */
  readonly file: string;
  /** Kubernetes user name. */
  readonly commonName: string;
  /** Kubernetes group. */
  readonly organization?: string;
  /** Host names and addresses for a serving certificate. */
  readonly hosts?: readonly string[];
}

interface Authority {
  readonly certificate: x509.X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

function distinguishedName(commonName: string, organization?: string): string {
  return organization ? `CN=${commonName}, O=${organization}` : `CN=${commonName}`;
}

function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  // Valid from an hour ago, so that the platform still works if the clock is set back a little.
  return { notBefore: new Date(now - 3_600_000), notAfter: new Date(now + LIFETIME_DAYS * 86_400_000) };
}

function serial(): string {
  return Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)))
    .toString("hex")
    .replace(/^./, "1");
}

async function keyPair(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function writeKey(file: string, key: webcrypto.CryptoKey): Promise<void> {
  const der = await webcrypto.subtle.exportKey("pkcs8", key);
  fs.writeFileSync(file, x509.PemConverter.encode(der, "PRIVATE KEY") + "\n", { mode: 0o600 });
}

/**
 * In the older form of EC keys (SEC 1): only in that form the API server reads a public key from a private key file.
 */
function writeServiceAccountKey(file: string): void {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  fs.writeFileSync(file, privateKey.export({ type: "sec1", format: "pem" }), { mode: 0o600 });
}

async function createAuthority(dir: string, name: string): Promise<Authority> {
  const keys = await keyPair();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=nexus-local-${name}`,
    keys,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
    ],
  });
  fs.writeFileSync(path.join(dir, `${name}.crt`), certificate.toString("pem") + "\n");
  return { certificate, key: keys.privateKey };
}

async function issue(dir: string, authority: Authority, request: CertificateRequest): Promise<void> {
  const keys = await keyPair();
  const names = (request.hosts ?? []).map((host) => ({
    type: /^\d+\.\d+\.\d+\.\d+$/.test(host) ? ("ip" as const) : ("dns" as const),
    value: host,
  }));
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: distinguishedName(request.commonName, request.organization),
    issuer: authority.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: authority.key,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  fs.writeFileSync(path.join(dir, `${request.file}.crt`), certificate.toString("pem") + "\n");
  await writeKey(path.join(dir, `${request.file}.key`), keys.privateKey);
}

/**
 * True if the folder already holds certificates for exactly these requests. They are then kept, so that pods continue
 * to trust the API server after a restart.
 */
function alreadyIssued(dir: string, fingerprint: string): boolean {
  const file = path.join(dir, "issued.json");
  return fs.existsSync(file) && fs.readFileSync(file, "utf8") === fingerprint;
}

/**
 * Writes two authorities (`ca` for clients and servers, `front-proxy-ca` for aggregated APIs), the service account key,
 * and one certificate per request. The private keys of the authorities are not kept: if the requests change, all
 * certificates are issued again.
 */
export async function writeCertificates(
  dir: string,
  requests: readonly CertificateRequest[],
  frontProxy: readonly CertificateRequest[],
): Promise<void> {
  const fingerprint = JSON.stringify({ requests, frontProxy });
  if (alreadyIssued(dir, fingerprint)) return;
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
  x509.cryptoProvider.set(webcrypto as Crypto);
  const main = await createAuthority(dir, "ca");
  const proxy = await createAuthority(dir, "front-proxy-ca");
  for (const request of requests) await issue(dir, main, request);
  for (const request of frontProxy) await issue(dir, proxy, request);
  const account = path.join(dir, "service-account.key");
  // Pods keep their tokens over a restart of the platform, so this key is made only once.
  if (!fs.existsSync(account)) writeServiceAccountKey(account);
  fs.writeFileSync(path.join(dir, "issued.json"), fingerprint);
}
