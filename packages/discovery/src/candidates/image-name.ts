import { COMPANION_WORDS, KIND_FACTS, KINDS, type Kind, wordsOf } from "../kinds";

/** The repository's last part: "docker.io/bitnami/redis:7.4@sha256:..." gives "redis". */
export function imageBaseName(image: string): string {
  const [withoutDigest = ""] = image.split("@");
  const last = withoutDigest.split("/").pop() ?? "";
  // A colon before the last slash belongs to a registry's port, which was removed already.
  return last.split(":")[0] ?? "";
}

/** The kind of software that a name means; undefined for other software and for companions such as exporters. */
export function kindOfName(name: string): Kind | undefined {
  const words = wordsOf(name);
  if (words.some((word) => COMPANION_WORDS.has(word))) return undefined;
  return KINDS.find((kind) => words.some((word) => meansKind(kind, word)));
}

/** True for a word of the kind, with or without a version at its end: postgres, postgres16. */
function meansKind(kind: Kind, word: string): boolean {
  return KIND_FACTS[kind].words.some((known) => word === known || word.replace(/(?<!\d)\d+$/, "") === known);
}

/** The kind of database that an image holds, whatever its registry, owner, tag or digest. */
export function kindOfImage(image: string): Kind | undefined {
  return kindOfName(imageBaseName(image));
}
