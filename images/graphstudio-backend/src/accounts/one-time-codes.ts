import { createHash, hkdfSync, randomBytes } from "node:crypto";
import { EncryptJWT, jwtDecrypt } from "jose";
import { Secret, TOTP } from "otpauth";

const ISSUER = "Nexus";
/** Clocks may differ by one step of 30 s each way. */
const WINDOW = 1;
const RECOVERY_CODES = 10;
/** 80 bits, which is enough for a fast hash. */
const RECOVERY_BYTES = 10;

const totp = (secret: string, label?: string) => new TOTP({ issuer: ISSUER, label, secret });

/** @returns a new secret in base32 */
export function createSecret(): string {
  return new Secret({ size: 20 }).base32;
}

/** What an authenticator app reads from a QR code. */
export function uriOf(secret: string, email: string): string {
  return totp(secret, email).toString();
}

/** The time step that a code of six digits belongs to; undefined for a wrong one. */
export function stepOf(secret: string, code: string): number | undefined {
  const timestamp = Date.now();
  const generator = totp(secret);
  const delta = generator.validate({ token: code, timestamp, window: WINDOW });
  return delta === null ? undefined : generator.counter({ timestamp }) + delta;
}

/** Such as `ABCD-EFGH-IJKL-MNOP`; each works once. */
export function createRecoveryCodes(): string[] {
  const create = () => new Secret({ buffer: new Uint8Array(randomBytes(RECOVERY_BYTES)).buffer }).base32;
  return Array.from({ length: RECOVERY_CODES }, () => create().replace(/.{4}(?=.)/g, "$&-"));
}

export function hashOfRecoveryCode(code: string): Buffer {
  return createHash("sha256").update(code.replaceAll("-", "")).digest();
}

export interface SealedSecret {
  readonly secret: string;
  /** The key that decrypts it. */
  readonly keyId: string;
}

const derive = (key: string, purpose: string, bytes: number) =>
  Buffer.from(hkdfSync("sha256", key, "", `nexus second factor${purpose}`, bytes));

/**
 * Encrypts the secrets of second factors with keys derived from those that sign access tokens. The first key encrypts; all
 * decrypt.
 */
export class SecretSeal {
  private readonly keys: ReadonlyMap<string, Buffer>;
  /** The key that encrypts. */
  private readonly keyId: string;

  constructor(signingKeys: readonly [string, ...string[]]) {
    this.keys = new Map(signingKeys.map((key) => [SecretSeal.idOf(key), derive(key, "", 32)]));
    this.keyId = SecretSeal.idOf(signingKeys[0]);
  }

  /** What is stored beside that which a key encrypted. */
  static idOf(signingKey: string): string {
    return derive(signingKey, " id", 9).toString("base64url");
  }

  /** It can be decrypted only for the same person. */
  async seal(userId: string, secret: string): Promise<SealedSecret> {
    const token = new EncryptJWT({ secret }).setSubject(userId).setProtectedHeader({ alg: "dir", enc: "A256GCM" });
    return { secret: await token.encrypt(this.key(this.keyId)), keyId: this.keyId };
  }

  async open(userId: string, sealed: SealedSecret): Promise<string> {
    const { payload } = await jwtDecrypt<{ secret: string }>(sealed.secret, this.key(sealed.keyId), {
      subject: userId,
      keyManagementAlgorithms: ["dir"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    return payload.secret;
  }

  private key(id: string): Buffer {
    const key = this.keys.get(id);
    if (!key) throw new Error(`no key ${id} opens the secret of a second factor`);
    return key;
  }
}
