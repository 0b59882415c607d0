import type { LossReport } from "../losses";
import type { Reader } from "./reader";
import type { Mount, Service } from "./types";

/** The additional names that `links` give to each service. */
export function linkAliases(readers: ReadonlyMap<string, Reader>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const reader of readers.values())
    for (const link of reader.texts("links")) {
      const [target = "", alias] = link.split(":");
      if (alias !== undefined && alias !== target) found.set(target, [...(found.get(target) ?? []), alias]);
    }
  return found;
}

/** `links` give another service one more name; `volumes_from` takes its mounts and those that it took itself. */
export function withLinks(
  services: readonly Service[],
  readers: ReadonlyMap<string, Reader>,
  aliases: ReadonlyMap<string, readonly string[]>,
  report: LossReport,
): Service[] {
  const byName = new Map(services.map((service) => [service.name, service]));
  const found = new Map<string, Mount[]>();
  const mountsOf = (service: Service): Mount[] => {
    const known = found.get(service.name);
    if (known) return known;
    // A service that refers to itself, directly or through others, only has its own mounts.
    found.set(service.name, [...service.mounts]);
    const mounts = new Map(service.mounts.map((mount) => [mount.target, mount]));
    for (const text of readers.get(service.name)?.texts("volumes_from") ?? []) {
      const [name = "", mode] = text.split(":");
      const other = byName.get(name);
      if (!other) {
        const effect = "volumes of other containers are not mounted";
        report.add(service.name, "volumes_from", text, effect, "use a named volume");
      }
      for (const mount of other ? mountsOf(other) : [])
        if (!mounts.has(mount.target)) mounts.set(mount.target, mode === "ro" ? { ...mount, readOnly: true } : mount);
    }
    found.set(service.name, [...mounts.values()]);
    return [...mounts.values()];
  };
  return services.map((service) => ({
    ...service,
    aliases: [...new Set([...service.aliases, ...(aliases.get(service.name) ?? [])])],
    mounts: mountsOf(service),
  }));
}
