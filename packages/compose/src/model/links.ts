import type { LossReport } from "../losses";
import type { Reader } from "./reader";
import type { Mount, Service } from "./types";

/** The further names that `links` give to each service. */
export function linkAliases(readers: ReadonlyMap<string, Reader>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const reader of readers.values())
    for (const link of reader.texts("links")) {
      const [target = "", alias] = link.split(":");
      if (alias !== undefined && alias !== target) found.set(target, [...(found.get(target) ?? []), alias]);
    }
  return found;
}

/** `links` give another service one more name, `volumes_from` takes its mounts. */
export function withLinks(
  service: Service,
  all: readonly Service[],
  readers: ReadonlyMap<string, Reader>,
  aliases: ReadonlyMap<string, readonly string[]>,
  report: LossReport,
): Service {
  const borrowed = (readers.get(service.name)?.texts("volumes_from") ?? []).flatMap((text): Mount[] => {
    const [name = "", mode] = text.split(":");
    const other = all.find((one) => one.name === name);
    if (other)
      return other.mounts
        .filter(({ target }) => !service.mounts.some((own) => own.target === target))
        .map((mount) => (mode === "ro" ? { ...mount, readOnly: true } : mount));
    report.add(service.name, "volumes_from", text, "volumes of other containers are not mounted", "use a named volume");
    return [];
  });
  return {
    ...service,
    aliases: [...new Set([...service.aliases, ...(aliases.get(service.name) ?? [])])],
    mounts: [...service.mounts, ...borrowed],
  };
}
