import type { Reader } from "./reader";

/** Settings whose value may be `service:<name>`. */
const NAMESPACES = ["network_mode", "pid", "ipc"] as const;
/** Compose makes this network itself. */
const DEFAULT_NETWORK = "default";

/** Reports networks and services that a service names and that are not in the file, which compose refuses too. */
export function checkReferences(
  services: Iterable<Reader>,
  declared: ReadonlySet<string>,
  networks: ReadonlySet<string>,
): void {
  for (const service of services) {
    for (const [network, entry] of service.named("networks"))
      if (network !== DEFAULT_NETWORK && !networks.has(network))
        entry.problem("", `there is no network "${network}"`, "add it below the top-level networks");
    for (const key of ["links", "volumes_from"])
      service.texts(key).forEach((text, index) => {
        const [name = ""] = text.split(":");
        const isContainer = key === "volumes_from" && name === "container" && text.includes(":");
        const item = service.children(key)[index];
        if (!isContainer && !declared.has(name)) item?.problem("", `there is no service "${name}"`, "correct the name");
      });
    for (const key of NAMESPACES) {
      const [, name] = /^service:(.*)$/.exec(service.text(key) ?? "") ?? [];
      if (name !== undefined && !declared.has(name))
        service.problem(key, `there is no service "${name}"`, "correct the name");
    }
    const [replicas, scale] = [service.child("deploy").whole("replicas"), service.whole("scale")];
    if (replicas !== undefined && scale !== undefined && replicas !== scale)
      service.problem("scale", `${scale} is not the number of \`deploy.replicas\`, ${replicas}`, "keep one of them");
  }
}
