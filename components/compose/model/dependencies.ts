import { type ComposeProblem, keyOf } from "../source/problem";
import type { Reader } from "./reader";
import type { Dependency } from "./types";

/** What each active service waits for; says what is not there and what goes round in circles. */
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
        const condition = (entry.text("condition") ?? "service_started") as Dependency["condition"];
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
    const text = `depends_on goes round in a circle: ${circle.join(" -> ")}`;
    if (place) problems.push({ place, key: keyOf(["services", first, "depends_on"]), text, fix: "remove one of them" });
  }
  return found;
}

function findCircle(dependencies: ReadonlyMap<string, readonly Dependency[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, open: readonly string[]): string[] | undefined => {
    if (open.includes(name)) return [...open.slice(open.indexOf(name)), name];
    if (done.has(name)) return undefined;
    done.add(name);
    for (const { service } of dependencies.get(name) ?? []) {
      const circle = visit(service, [...open, name]);
      if (circle) return circle;
    }
    return undefined;
  };
  for (const name of dependencies.keys()) {
    const circle = visit(name, []);
    if (circle) return circle;
  }
  return undefined;
}
