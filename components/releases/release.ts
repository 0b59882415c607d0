import { scryptSync } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { BuiltService, MigratedService } from "@nexus/contract";

/** Component, according to its label, of the ConfigMap with the releases. */
export const RELEASES_COMPONENT = "releases";

/** What a release is: two updates with the same content are one release. */
export interface ReleaseContent {
  /** Values of the configuration by key, such as `nexus:topology`, without secrets. */
  readonly configuration: Readonly<Record<string, string>>;
  /** Keys of the configuration whose values are secret. */
  readonly secretKeys: readonly string[];
  /** Hashes of the secrets, generated ones included, by the name that services read them by. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Images of the services, by digest. */
  readonly images: Readonly<Partial<Record<BuiltService, string>>>;
  /** The newest migration of each service's schema. */
  readonly schema: Readonly<Partial<Record<MigratedService, string>>>;
}

/** Who made a release, when, and from what. */
export interface ReleaseOrigin {
  /** Time of the update, such as 2030-01-31T12:00:00.000Z. */
  readonly at: string;
  readonly by: string;
  /** Commit of the program; null if it was not a clone. */
  readonly commit: string | null;
  /** Number of the release that this one went back to; null if it is no rollback. */
  readonly rollbackTo: number | null;
}

export interface Release extends ReleaseContent, ReleaseOrigin {
  readonly number: number;
}

/** Releases that are kept. An object of Kubernetes has room for 1 MiB, and only some of it is used. */
const MOST_RELEASES = 100;
const MOST_BYTES = 600_000;

/** Values of the ConfigMap with the releases, by their numbers. */
export type ReleaseData = Readonly<Record<string, string>>;

/** The releases in a ConfigMap, oldest first. Values that somebody put there by hand are left out. */
export function releasesIn(data: ReleaseData): Release[] {
  const all = Object.entries(data).flatMap(([key, text]) => {
    const release = parsed(text);
    return release && String(release.number) === key ? [release] : [];
  });
  return all.toSorted((one, other) => one.number - other.number);
}

function parsed(text: string): Release | undefined {
  try {
    const value = JSON.parse(text) as Partial<Release> | null;
    return Number.isSafeInteger(value?.number) && value?.configuration && value.images ? (value as Release) : undefined;
  } catch {
    return undefined;
  }
}

function contentOf({ configuration, secretKeys, secrets, images, schema }: ReleaseContent): ReleaseContent {
  return { configuration, secretKeys, secrets, images, schema };
}

/**
 * The releases after an update, oldest first. An update with the content of the newest release adds none, so that a
 * preview after it shows no change.
 * @param last number of the last release, which is not given again even if its record is gone
 */
export function withRelease(
  before: readonly Release[],
  content: ReleaseContent,
  origin: ReleaseOrigin,
  last = 0,
): Release[] {
  const newest = before.at(-1);
  // JSON has no undefined values.
  const now = JSON.parse(JSON.stringify(contentOf(content))) as ReleaseContent;
  if (newest && isDeepStrictEqual(contentOf(newest), now)) return [...before];
  const number = Math.max(last, newest?.number ?? 0) + 1;
  const all = [...before, { number, ...origin, ...now }].slice(-MOST_RELEASES);
  while (all.length > 1 && JSON.stringify(all).length > MOST_BYTES) all.shift();
  return all;
}

/** {@link ReleaseData} of these releases. */
export function releaseData(releases: readonly Release[]): Record<string, string> {
  return Object.fromEntries(releases.map((release) => [String(release.number), JSON.stringify(release)]));
}

/** Whoever guesses a secret must pay for each guess, because everybody who reads the objects sees the hash. */
const GUESS = { N: 4096 };
const HASH_BYTES = 6;

/** Shows whether a secret changed, and nothing else of it. @param name the same value has another hash as another secret */
export function secretHash(name: string, value: string): string {
  return scryptSync(value, `nexus-release:${name}`, HASH_BYTES, GUESS).toString("hex");
}
