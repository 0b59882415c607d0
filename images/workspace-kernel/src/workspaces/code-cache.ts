import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "@nexus/service";

/** Increase this with the transformation, so that the cache of older builds is not used. */
const VERSION = 1;
const MAX_IN_MEMORY = 200;

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
  private writable = true;

  constructor(private readonly options: CodeCacheOptions) {}

  async prepare(tenantId: string, code: string): Promise<PreparedCode> {
    const hash = createHash("sha256").update(`${VERSION}\n${code}`).digest("hex");
    const known = this.recent.get(hash) ?? (await this.read(hash));
    this.options.onLookup(known !== undefined);
    const script = known ?? (await this.options.make(tenantId, code));
    if (known === undefined) await this.write(hash, script);
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
    if (!this.writable) return;
    const { directory, log } = this.options;
    try {
      await mkdir(directory, { recursive: true });
      await this.trim(script.length);
      const temporary = join(directory, `${randomUUID()}.tmp`);
      await writeFile(temporary, script);
      await rename(temporary, this.file(hash));
    } catch (error) {
      this.writable = false;
      log.warn({ error, directory }, "the code cache cannot be written; going on without it");
    }
  }

  private async trim(neededBytes: number): Promise<void> {
    const { directory, maxBytes } = this.options;
    const files = await Promise.all(
      (await readdir(directory)).map(async (name) => {
        const { size, mtimeMs } = await stat(join(directory, name));
        return { name, size, mtimeMs };
      }),
    );
    let bytes = neededBytes + files.reduce((sum, { size }) => sum + size, 0);
    for (const { name, size } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (bytes <= maxBytes) return;
      await rm(join(directory, name), { force: true });
      bytes -= size;
    }
  }
}
