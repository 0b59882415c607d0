import { dnsName, shortHash } from "../names";
import type { FileSet, Mount, Service } from "./types";

/** Gives unique names to file sets that would have the same name in Kubernetes, so that none overwrites another. */
export function withDistinctFiles(services: readonly Service[]): Service[] {
  const identities = new Map<string, Set<string>>();
  for (const { mounts } of services)
    for (const mount of mounts)
      if (mount.kind === "files") {
        const label = labelOf(mount.set);
        identities.set(label, (identities.get(label) ?? new Set()).add(mount.set.identity));
      }
  const distinct = (mount: Mount): Mount => {
    if (mount.kind !== "files" || identities.get(labelOf(mount.set))?.size === 1) return mount;
    const { name, identity } = mount.set;
    return { ...mount, set: { ...mount.set, name: `${name}-${shortHash(identity)}` } };
  };
  return services.map((service) => ({ ...service, mounts: service.mounts.map(distinct) }));
}

function labelOf({ kind, secret, name }: FileSet): string {
  return `${kind} ${secret} ${dnsName(name.replaceAll(".", "-"))}`;
}
