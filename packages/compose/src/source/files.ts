import * as fs from "node:fs";
import * as path from "node:path";
import { fail, type Place } from "./problem";
import { MAX_FILE_BYTES } from "./read-yaml";

/** The files that a compose file may name. Paths are absolute. */
export interface FileSource {
  /** The kind of file at a path; "other" is a pipe, a socket or a device. */
  kind(file: string): "file" | "directory" | "other" | "outside" | undefined;
  /** Size of a file, without reading it. */
  bytes(file: string): number;
  read(file: string): Buffer;
  /** True if its owner may execute it. */
  isExecutable(file: string): boolean;
  /** Names in a directory, sorted. */
  names(directory: string): string[];
}

/** Files below one directory of this machine; symbolic links cannot leave it. */
export function filesBelow(root: string): FileSource {
  const base = fs.realpathSync(root);
  const isInside = (file: string) => file === base || file.startsWith(base.endsWith(path.sep) ? base : base + path.sep);
  return {
    kind: (file) => {
      const resolved = path.resolve(file);
      if (!fs.existsSync(resolved)) return isInside(resolved) || isInside(realParent(resolved)) ? undefined : "outside";
      if (!isInside(fs.realpathSync(resolved))) return "outside";
      const stat = fs.statSync(resolved);
      return stat.isDirectory() ? "directory" : stat.isFile() ? "file" : "other";
    },
    bytes: (file) => fs.statSync(file).size,
    read: (file) => fs.readFileSync(file),
    isExecutable: (file) => (fs.statSync(file).mode & 0o100) !== 0,
    names: (directory) => fs.readdirSync(directory).sort(),
  };
}

/**
 * Texts by their paths below a directory that need not exist: nothing of this machine is read.
 * @param directory absolute
 */
export function textFiles(directory: string, texts: Readonly<Record<string, string>>): FileSource {
  const files = new Map(
    Object.entries(texts).map(([name, text]) => [path.resolve(directory, name), Buffer.from(text)]),
  );
  const folders = new Set([directory]);
  for (const file of files.keys())
    for (let folder = path.dirname(file); !folders.has(folder); folder = path.dirname(folder)) folders.add(folder);
  const isInside = (file: string) => file === directory || file.startsWith(directory + path.sep);
  const contentOf = (file: string) => files.get(path.resolve(file)) ?? Buffer.alloc(0);
  return {
    kind: (file) => {
      const resolved = path.resolve(file);
      if (!isInside(resolved)) return "outside";
      return files.has(resolved) ? "file" : folders.has(resolved) ? "directory" : undefined;
    },
    bytes: (file) => contentOf(file).length,
    read: contentOf,
    isExecutable: () => false,
    names: (folder) => {
      const resolved = path.resolve(folder);
      const inside = [...files.keys(), ...folders].filter((one) => path.dirname(one) === resolved && one !== resolved);
      return inside.map((one) => path.basename(one)).sort();
    },
  };
}

function realParent(file: string): string {
  const parent = path.dirname(file);
  if (parent === file) return file;
  return fs.existsSync(parent) ? path.join(fs.realpathSync(parent), path.basename(file)) : realParent(parent);
}

/**
 * Reads a file that a key names.
 * @throws ComposeError if it is missing, outside of the directory or too large
 */
export function readNamed(files: FileSource, file: string, place: Place, key: string): Buffer {
  const kind = files.kind(file);
  if (kind === "outside")
    fail(place, key, `"${file}" is outside of the project directory`, "move it there, or name a wider root directory");
  if (kind === undefined) fail(place, key, `there is no file "${file}"`, "create it, or correct the path");
  if (kind === "directory") fail(place, key, `"${file}" is a directory`, "name a file");
  if (kind === "other") fail(place, key, `"${file}" is a pipe, a socket or a device`, "name a file");
  const bytes = files.bytes(file);
  if (bytes > MAX_FILE_BYTES) fail(place, key, `"${file}" has ${bytes} bytes; the maximum is ${MAX_FILE_BYTES}`);
  return files.read(file);
}
