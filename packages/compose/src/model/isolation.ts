import type { LossReport } from "../losses";
import type { Reader } from "./reader";

/** The networks of a service. */
export function networksOf(service: Reader): string[] {
  const own = service.named("networks").map(([network]) => network);
  return own.length > 0 ? own : ["default"];
}

/** Maximum number of names in a message. */
const MOST_NAMED = 10;

/** In compose, networks separate services; without policies, all pods of a namespace reach each other. */
export function reportIsolation(services: readonly (readonly [string, Reader])[], report: LossReport): void {
  const networks = services.map(([name, service]): [string, string[]] => [name, networksOf(service)]);
  const members = new Map<string, string[]>();
  for (const [name, own] of networks)
    for (const network of own) {
      const others = members.get(network);
      if (others) others.push(name);
      else members.set(network, [name]);
    }
  const texts = new Map<string, string>();
  for (const [name, own] of networks) {
    const key = own.join(" ");
    const text = texts.get(key) ?? apart(own, networks, members);
    texts.set(key, text);
    if (text !== "")
      report.add(name, "networks", own, `pods of ${text} reach it as well`, "switch `networkPolicies` on");
  }
}

/** The services that have none of these networks; the first ones by name. */
function apart(
  own: readonly string[],
  networks: readonly (readonly [string, readonly string[]])[],
  members: ReadonlyMap<string, readonly string[]>,
): string {
  const together = new Set(own.flatMap((network) => members.get(network) ?? []));
  const count = networks.length - together.size;
  const named: string[] = [];
  for (const [name] of networks) {
    if (named.length === Math.min(count, MOST_NAMED)) break;
    if (!together.has(name)) named.push(name);
  }
  return named.join(", ") + (count > MOST_NAMED ? ` and ${count - MOST_NAMED} more` : "");
}
