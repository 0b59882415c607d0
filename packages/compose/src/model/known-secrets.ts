import { isTelling } from "../command-words";
import type { Project } from "./types";

/** A longer content of a file is more than one secret. */
const LONGEST = 500;
/** Paths and addresses are told apart from what they lead to. */
const PLACE = /^(\.{0,2}\/[\w./-]*|[a-z][a-z0-9+.-]{0,30}:\/\/[^\s@]*)$/i;

/** The values that services keep secret and that are no common words: nothing tells what they are where else they stand. */
export function knownSecrets({ services }: Project): string[] {
  const values = services.flatMap(({ environment, mounts }) => [
    ...environment.filter(({ secret }) => secret).map(({ value }) => value),
    ...mounts.flatMap((mount) => (mount.kind === "files" && mount.set.kind === "secret" ? texts(mount.set.files) : [])),
  ]);
  return [...new Set(values)].filter((value) => isTelling(value) && !PLACE.test(value));
}

function texts(files: ReadonlyMap<string, Buffer>): string[] {
  return [...files.values()].filter(({ length }) => length <= LONGEST).map((file) => file.toString("utf8").trim());
}
