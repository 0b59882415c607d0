import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "@nexus/service";
import pLimit from "p-limit";

/** Increase this with the transformation, so that the cache of older builds is not used. */
const VERSION = 2;
const MAX_IN_MEMORY = 200;
/** Disk space of the smallest file. */
const BLOCK_BYTES = 4096;

export interface PreparedCode {
  /** Content hash, in hex. */
  readonly hash: string;
  readonly script: string;
}

export interface CodeCacheOptions {
  readonly directory: string;
  /** Maximum size; beyond it the oldest files are deleted. */
  readonly maxBytes: number;
  readonly log: Logger;
  readonly onLookup: (hit: boolean) => void;
  /** Makes the script of a tenant's code. */
  readonly make: (tenantId: string, code: string) => Promise<string>;
}

/** Handlers prepared for the sandbox, by content hash, in memory and in a directory that may be lost at any time. */
export class CodeCache {
  private readonly recent = new Map<string, string>();
  private readonly oneByOne = pLimit(1);
  /** Sizes of the files by name, the oldest first. The directory is read once, because that takes time for each file. */
  private files: Map<string, number> | undefined;
  private writable = true;

  constructor(private readonly options: CodeCacheOptions) {}

  async prepare(tenantId: string, code: string): Promise<PreparedCode> {
    const hash = createHash("sha256").update(`${VERSION}\n${code}`).digest("hex");
    const known = this.recent.get(hash) ?? (await this.read(hash));
    this.options.onLookup(known !== undefined);
    const script = known ?? (await this.options.make(tenantId, code));
    if (known === undefined) await this.oneByOne(() => this.write(hash, script));
    this.remember(hash, script);
    return { hash, script };
  }

  private remember(hash: string, script: string): void {
    this.recent.delete(hash);
    this.recent.set(hash, script);
    const [oldest] = this.recent.keys();
    if (oldest !== undefined && this.recent.size > MAX_IN_MEMORY) this.recent.delete(oldest);
  }

  private file(hash: string): string {
    return join(this.options.directory, `${hash}.js`);
  }

  private async read(hash: string): Promise<string | undefined> {
    return await readFile(this.file(hash), "utf8").catch(() => undefined);
  }

  /** If the cache cannot be written, only time is lost. */
  private async write(hash: string, script: string): Promise<void> {
    const { directory, maxBytes, log } = this.options;
    const bytes = onDisk(Buffer.byteLength(script));
    if (!this.writable || bytes > maxBytes) return;
    try {
      await mkdir(directory, { recursive: true });
      const files = (this.files ??= await list(directory));
      await this.trim(files, maxBytes - bytes);
      const temporary = join(directory, `${randomUUID()}.tmp`);
      await writeFile(temporary, script);
      await rename(temporary, this.file(hash));
      files.set(`${hash}.js`, bytes);
    } catch (error) {
      this.writable = false;
      log.warn({ error, directory }, "the code cache cannot be written; going on without it");
    }
  }

  private async trim(files: Map<string, number>, maxBytes: number): Promise<void> {
    let bytes = [...files.values()].reduce((sum, size) => sum + size, 0);
    for (const [name, size] of files) {
      if (bytes <= maxBytes) return;
      bytes -= size;
      files.delete(name);
      await rm(join(this.options.directory, name), { force: true });
    }
  }
}

const onDisk = (bytes: number) => Math.max(1, Math.ceil(bytes / BLOCK_BYTES)) * BLOCK_BYTES;

/** Sizes by name, the oldest file first. */
async function list(directory: string): Promise<Map<string, number>> {
  const files = await Promise.all(
    (await readdir(directory)).map(async (name) => ({ name, ...(await stat(join(directory, name))) })),
  );
  return new Map(files.sort((a, b) => a.mtimeMs - b.mtimeMs).map(({ name, size }) => [name, onDisk(size)]));
}
