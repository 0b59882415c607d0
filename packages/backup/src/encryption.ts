import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { Decrypter, Encrypter } from "age-encryption";
import { isError } from "@nexus/service";
import { BackupError } from "./backup-error";

/** Ending of an encrypted file: the program `age` opens it with the key as passphrase. */
export const ENCRYPTED = ".age";

/**
 * Work to test one passphrase, as a power of two. It needs 32 MiB of memory. The usual 18 would need 256 MiB, to protect
 * passphrases that people can remember; these keys have 32 characters or more.
 */
const WORK_FACTOR = 15;

type Bytes = AsyncIterable<Uint8Array>;

/** Tells keys apart in messages. It says nothing about a random key. */
export function keyMark(key: string): string {
  return createHash("sha256").update(`nexus backup key\n${key}`).digest("hex").slice(0, 8);
}

export async function* encrypted(content: Bytes, key: string): Bytes {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(key);
  encrypter.setScryptWorkFactor(WORK_FACTOR);
  yield* fromWeb(await encrypter.encrypt(toWeb(content)));
}

/**
 * @param keys those that may have encrypted it
 * @param mark of the key that did
 */
export async function* decrypted(content: Bytes, keys: readonly string[], mark: string): Bytes {
  const key = keys.find((each) => keyMark(each) === mark);
  if (key === undefined)
    throw new BackupError(
      `It was encrypted with the key ${mark}, and ${keys.length === 0 ? "no key is set" : `the keys here are ${keys.map(keyMark).join(" and ")}`}. ` +
        "Fix: set nexus:backupKeyPrevious to the key from the recovery document.",
    );
  const decrypter = new Decrypter();
  decrypter.addPassphrase(key);
  try {
    yield* fromWeb(await decrypter.decrypt(toWeb(content)));
  } catch (error) {
    if (error instanceof BackupError) throw error;
    throw new BackupError(`The key ${mark} does not open it: ${isError(error) ? error.message : String(error)}.`, {
      cause: error,
    });
  }
}

function toWeb(content: Bytes): globalThis.ReadableStream<Uint8Array> {
  return Readable.toWeb(Readable.from(content, { objectMode: false })) as globalThis.ReadableStream<Uint8Array>;
}

function fromWeb(stream: unknown): Bytes {
  return Readable.fromWeb(stream as ReadableStream<Uint8Array>) as Bytes;
}
