import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** A secret that keys are made of, with the id that is stored beside what it sealed. */
export interface SealingKey {
  readonly id: string;
  readonly secret: string;
}

/** What is stored. It reveals nothing of the text but its length. */
export interface Sealed {
  readonly keyId: string;
  /** Nonce, authentication tag and ciphertext. */
  readonly bytes: Buffer;
}

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Makes keys of secrets; the first one seals. The id of a key reveals nothing of its secret. */
export const sealingKeys = (secrets: readonly string[]): SealingKey[] =>
  secrets.map((secret) => ({
    id: Buffer.from(hkdfSync("sha256", secret, "", "nexus key id", 9)).toString("base64url"),
    secret,
  }));

const keyOf = ({ secret }: SealingKey, purpose: string) =>
  Buffer.from(hkdfSync("sha256", secret, "", `nexus ${purpose}`, 32));

/**
 * Encrypts a text with the first key.
 * @param bound names that the text belongs to, such as those of its row: it cannot be opened anywhere else
 */
export function seal(text: string, keys: readonly SealingKey[], purpose: string, bound: readonly string[]): Sealed {
  const [key] = keys;
  if (!key) throw new Error("There is no key to seal with");
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, keyOf(key, purpose), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(JSON.stringify(bound)));
  const encrypted = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return { keyId: key.id, bytes: Buffer.concat([nonce, cipher.getAuthTag(), encrypted]) };
}

/** @throws Error if its key is gone, or if it was changed or belongs to other names */
export function open(sealed: Sealed, keys: readonly SealingKey[], purpose: string, bound: readonly string[]): string {
  const key = keys.find(({ id }) => id === sealed.keyId);
  if (!key) throw new Error(`The key ${sealed.keyId} that sealed this is not known any more`);
  const { bytes } = sealed;
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  const decipher = createDecipheriv(CIPHER, keyOf(key, purpose), nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(JSON.stringify(bound)));
  decipher.setAuthTag(tag);
  const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  return text.toString("utf8");
}
