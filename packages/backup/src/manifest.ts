import { createHash } from "node:crypto";
import { z } from "zod";
import { BackupError } from "./backup-error";
import type { StoredFile, Target } from "./target";

const FORMAT = 1;
const ID = /^(\d{6,12})-\d{8}T\d{6}Z$/;
const MANIFEST = ".json";

const contents = z.record(z.string(), z.strictObject({ rows: z.number().int().min(0), sum: z.string() }));
const migrations = z.record(z.string(), z.array(z.string()));

/** Tables with the number of their rows and a sum over the rows' content, by schema and name. */
export type Contents = z.output<typeof contents>;

/** Applied migrations by schema. */
export type Migrations = z.output<typeof migrations>;

/** Describes a backup. It is written last, so a backup without it is not finished. */
const manifestSchema = z.object({
  format: z.literal(FORMAT),
  id: z.string().regex(ID),
  /** Time of the database server when the backup was begun. */
  startedAt: z.iso.datetime(),
  /** Name of the file with the dump, which is in the same place. */
  file: z.string(),
  bytes: z.number().int().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Mark of the key that encrypts the file; null if it is not encrypted. */
  key: z.string().nullable(),
  /** Major version of the server that was dumped. */
  serverMajor: z.number().int(),
  /** Major version of pg_dump, which decides the format of the file. */
  dumpMajor: z.number().int(),
  contents,
  migrations,
});
export type Manifest = z.output<typeof manifestSchema>;

export interface Backup {
  readonly id: string;
  /** Backups are ordered by it. It grows by one, so a wrong clock changes nothing. */
  readonly number: number;
  /** What is stored of it. */
  readonly files: readonly StoredFile[];
  /** Whether the manifest is there, which is written last. */
  readonly finished: boolean;
}

/** Id of the backup with this number. */
export function idOf(number: number, startedAt: string): string {
  return `${String(number).padStart(6, "0")}-${startedAt.replace(/[-:]|\.\d+/g, "")}`;
}

export function manifestName(id: string): string {
  return `${id}${MANIFEST}`;
}

/** Every backup of which something is stored, oldest first. */
export async function listBackups(target: Target): Promise<Backup[]> {
  const byId = new Map<string, StoredFile[]>();
  for (const file of await target.list()) {
    const id = file.name.split(".")[0] ?? "";
    if (ID.test(id)) byId.set(id, [...(byId.get(id) ?? []), file]);
  }
  const backups = [...byId].map(([id, files]) => ({
    id,
    number: Number(id.split("-")[0]),
    files,
    finished: files.some(({ name }) => name === manifestName(id)),
  }));
  return backups.toSorted((one, other) => one.number - other.number || one.id.localeCompare(other.id));
}

/** The finished backup of this id. @param id "newest" for the newest one */
export async function findBackup(target: Target, id: string): Promise<Backup> {
  const all = await listBackups(target);
  const finished = all.filter((backup) => backup.finished);
  const newest = finished.at(-1);
  if (!newest) throw new BackupError(`There is no finished backup in ${target.where}. Fix: npm run backup`);
  if (id === "newest") return newest;
  const found = all.find((backup) => backup.id === id);
  if (!found)
    throw new BackupError(
      `There is no backup "${id}" in ${target.where}; the newest is ${newest.id}. Fix: npm run backups`,
    );
  if (!found.finished)
    throw new BackupError(
      `The backup ${id} was never finished (${manifestName(id)} is missing), so it may lack data. The newest finished one is ${newest.id}.`,
    );
  return found;
}

/** @throws BackupError if the manifest is damaged, or its file is missing or has another size */
export async function readManifest(target: Target, { id, files }: Backup): Promise<Manifest> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await target.read(manifestName(id))) chunks.push(chunk as Uint8Array);
  const result = manifestSchema.safeParse(parsed(Buffer.concat(chunks).toString()));
  if (!result.success) {
    const format = z.object({ format: z.number().min(FORMAT + 1) }).safeParse(parsed(Buffer.concat(chunks).toString()));
    throw new BackupError(
      format.success
        ? `The backup ${id} was made by a newer version of Nexus (format ${format.data.format}; this version reads ${FORMAT}).`
        : `The backup ${id} is damaged: ${manifestName(id)} is not a manifest.`,
    );
  }
  const manifest = result.data;
  if (manifest.id !== id) throw new BackupError(`The backup ${id} is damaged: its manifest is that of ${manifest.id}.`);
  const file = files.find(({ name }) => name === manifest.file);
  if (!file) throw new BackupError(`The backup ${id} is damaged: ${manifest.file} is missing.`);
  if (file.bytes !== manifest.bytes)
    throw new BackupError(
      `The backup ${id} is damaged: ${manifest.file} has ${file.bytes} bytes, and ${manifest.bytes} were written.`,
    );
  return manifest;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Counts and hashes bytes on their way. */
export class Measure {
  public bytes = 0;
  private readonly hash = createHash("sha256");

  public async *of(content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of content) {
      this.add(chunk);
      yield chunk;
    }
  }

  /** Measures what nobody else reads. */
  public async read(content: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of content) this.add(chunk);
  }

  private add(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    this.hash.update(chunk);
  }

  public sha256(): string {
    return this.hash.digest("hex");
  }
}
