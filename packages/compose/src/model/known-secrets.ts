import { isTelling } from "../command-words";
import type { Project } from "./types";

/** A longer file contains more than one secret. */
const LONGEST = 500;
/** Paths and addresses say where a secret is, and are not secrets themselves. */
export const PLACE = /^(\.{0,2}\/[\w./-]*|[a-z][a-z0-9+.-]{0,30}:\/\/[^\s@]*)$/i;

/**
 * The secret values of services that are not common words. Only the value itself shows that it is a secret in another
 * place.
 */
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
