import { serverConnections } from "@nexus/contract";
import type { Pods } from "./pods";
import { type Contradiction, setCommand } from "./problem";
import type { Sections } from "./schema";

/** The database server refuses connections beyond its maximum, so all pods together must fit. */
export function poolProblems({ postgres }: Sections, pods: readonly Pods[]): Contradiction[] {
  if (postgres.mode !== "builtin" && postgres.mode !== "cloudnativepg") return [];
  const users = pods.filter(({ usesDatabase }) => usesDatabase);
  const most = users.reduce((all, one) => all + one.most, 0);
  const free = serverConnections.most - serverConnections.reserved;
  if (most * postgres.poolSize <= free) return [];
  const path = ["postgres", "poolSize"];
  const [largest] = users.toSorted((one, other) => other.most - one.most);
  const parts = `${most} pods, ${largest?.most} of them ${largest?.name}`;
  const text = `"${postgres.poolSize}" makes ${most * postgres.poolSize} connections of ${parts}; the server takes ${free}`;
  return [{ path, text, fix: setCommand(path, String(Math.floor(free / most))) }];
}
