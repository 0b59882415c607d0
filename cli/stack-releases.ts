import { contracts, type MigratedService, schemaMigrations } from "@nexus/contract";
import { NexusError } from "@nexus/host";
import { type Release, type ReleaseData, RELEASES_COMPONENT, releasesIn } from "../components/releases/release";
import { kubectlList } from "./kubectl";
import type { Session } from "./session";

/** A ConfigMap of the stack. */
export interface ConfigMap {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  readonly data?: ReleaseData;
}

/** The releases of a stack as its cluster has them, oldest first; empty if there are none. */
export async function releasesOf(session: Session): Promise<Release[]> {
  const selector = `app.kubernetes.io/component=${RELEASES_COMPONENT},app.kubernetes.io/part-of=nexus`;
  return releasesAmong(await kubectlList<ConfigMap>(session, "configmaps", selector));
}

/** The same, of ConfigMaps that were read already. */
export function releasesAmong(configMaps: readonly ConfigMap[]): Release[] {
  const records = configMaps.filter(
    ({ metadata }) => metadata.labels?.["app.kubernetes.io/component"] === RELEASES_COMPONENT,
  );
  return records.flatMap(({ data = {} }) => releasesIn(data));
}

/** @throws NexusError if there is no such release */
export function releaseOf(releases: readonly Release[], number: number): Release {
  const found = releases.find((one) => one.number === number);
  if (found) return found;
  const [first, last] = [releases[0], releases.at(-1)];
  throw new NexusError(`There is no release ${number}.`, [
    first && last
      ? `The recorded ones are ${first.number} to ${last.number}. Fix: npm run releases lists them.`
      : "None is recorded yet. Fix: npm run up records one.",
  ]);
}

/** Why the images of a release cannot work with the database as it is now; empty if they can. */
export function schemaProblems(releases: readonly Release[], target: Release): string[] {
  const services = Object.keys(schemaMigrations) as MigratedService[];
  return services.flatMap((service) => {
    const known: readonly string[] = schemaMigrations[service];
    const from = target.schema[service];
    if (from === undefined) return [];
    // Migrations are never undone, so the database has the newest of all releases since then.
    const applied = releases.filter(({ number }) => number >= target.number).map(({ schema }) => schema[service] ?? "");
    const newest = applied.toSorted().at(-1) ?? "";
    if (newest !== from && !known.includes(newest)) {
      const { number } = releases.findLast(({ schema }) => schema[service] === newest) ?? target;
      return [
        `${service}: release ${number} applied ${newest}, which this checkout does not know. ` +
          "Fix: check out the commit of that release.",
      ];
    }
    const breaking = known.filter((name) => name > from && name <= newest && contracts(name));
    return breaking.map(
      (name) =>
        `${service}: the migration ${name} took away what release ${target.number} needs, and cannot be undone. ` +
        "Fix: go forward with a new release, or restore a backup from before it (npm run backups, npm run restore).",
    );
  });
}
