import { type ComposeProblem, keyOf } from "../source/problem";
import type { Reader } from "./reader";
import type { Dependency } from "./types";

/** The dependencies of each active service; reports missing ones and cycles. */
export function readDependencies(
  services: ReadonlyMap<string, Reader>,
  declared: ReadonlySet<string>,
  problems: ComposeProblem[],
): Map<string, Dependency[]> {
  const found = new Map<string, Dependency[]>();
  for (const [name, service] of services)
    found.set(
      name,
      service.named("depends_on").flatMap(([other, entry]): Dependency[] => {
        const condition = (entry.text("condition") || "service_started") as Dependency["condition"];
        if (services.has(other)) return [{ service: other, condition }];
        if (entry.flag("required") === false) return [];
        const text = declared.has(other)
          ? `"${other}" is in a profile that is not active`
          : `there is no service "${other}"`;
        entry.problem(
          "",
          text,
          declared.has(other) ? "activate the profile, or set `required: false`" : "correct the name",
        );
        return [];
      }),
    );
  const circle = findCircle(found);
  if (circle) {
    const [first = ""] = circle;
    const place = services.get(first)?.child("depends_on").place;
    const text = `depends_on has a cycle: ${circle.join(" -> ")}`;
    if (place) problems.push({ place, key: keyOf(["services", first, "depends_on"]), text, fix: "remove one of them" });
  }
  return found;
}

/** Follows every chain once, without recursion: a chain may be as long as the file. */
function findCircle(dependencies: ReadonlyMap<string, readonly Dependency[]>): string[] | undefined {
  const done = new Set<string>();
  for (const start of dependencies.keys()) {
    // The services of the present chain, each with its dependencies that are not visited yet.
    const chain = new Set<string>();
    const waiting: Iterator<Dependency>[] = [];
    const open = (name: string) => {
      chain.add(name);
      waiting.push((dependencies.get(name) ?? []).values());
    };
    if (!done.has(start)) open(start);
    const names: string[] = [start];
    for (let last = waiting.at(-1); last; last = waiting.at(-1)) {
      const { value: next } = last.next() as { value?: Dependency };
      if (next === undefined) {
        const name = names.pop() ?? "";
        waiting.pop();
        chain.delete(name);
        done.add(name);
      } else if (chain.has(next.service)) {
        return [...names.slice(names.indexOf(next.service)), next.service];
      } else if (!done.has(next.service)) {
        names.push(next.service);
        open(next.service);
      }
    }
  }
  return undefined;
}
