import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { fetchByProxy } from "../web";
import { removeDrafts } from "./drafts";

/** Maximum time for downloading one program. */
const DOWNLOAD_MS = 10 * 60 * 1000;
/** Maximum wait for a checksum on a machine without internet access. */
const CHECKSUM_MS = 3_000;
const MEBIBYTE = 1024 ** 2;

export interface ProgramDownload {
  readonly url: string;
  /** The checksum that the file must have. */
  readonly sha256: string;
  /** Path of the program; it appears complete or not at all. */
  readonly target: string;
}

/** The reason why a request got no answer; the error of fetch itself only says that it failed. */
export function reasonOf(error: unknown): string {
  const { message = String(error), cause } = error as { readonly message?: string; readonly cause?: Error };
  return (cause?.message || message).trim().split("\n").at(-1) ?? "";
}

/**
 * The SHA-256 that a release publishes beside a file, in the format of `sha256sum` or as the sum alone.
 * @throws Error if the site cannot be reached, or answers with something else
 */
export async function publishedSha256(url: string): Promise<string> {
  const response = await fetchByProxy(url, { signal: AbortSignal.timeout(CHECKSUM_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const [sha256 = ""] = (await response.text()).trim().split(/\s+/);
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`${url} holds no SHA-256`);
  return sha256;
}

/**
 * Downloads a program and makes it executable. An incomplete download, or one with another checksum, is deleted.
 * @param say called with the progress
 * @throws Error that names the URL and what is wrong
 */
export async function downloadProgram(download: ProgramDownload, say: (text: string) => void): Promise<void> {
  const { url, sha256, target } = download;
  const draft = `${target}.${process.pid}`;
  removeDrafts(target);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  try {
    const response = await fetchByProxy(url, { signal: AbortSignal.timeout(DOWNLOAD_MS) });
    if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status}`);
    const size = Number(response.headers.get("content-length"));
    const total = size > 0 ? ` of ${(size / MEBIBYTE).toFixed(0)}` : "";
    const hash = createHash("sha256");
    let bytes = 0;
    const count = new Transform({
      transform(chunk: Buffer, _, done) {
        hash.update(chunk);
        bytes += chunk.length;
        say(`${(bytes / MEBIBYTE).toFixed(0)}${total} MiB`);
        done(null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(response.body as ReadableStream), count, fs.createWriteStream(draft));
    const found = hash.digest("hex");
    if (found !== sha256) throw new Error(`${url} has the SHA-256 ${found} instead of ${sha256}`);
    fs.chmodSync(draft, 0o755);
    fs.renameSync(draft, target);
  } finally {
    fs.rmSync(draft, { force: true });
  }
}
