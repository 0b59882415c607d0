import type { CodeGraph } from "./api/document";
import { i18n } from "./i18n";
import type { ShownCell } from "./shown-cells";

/** What is wrong with the names of cells, by the ids of the cells. */
export function graphProblems(graph: CodeGraph | undefined, cells: readonly ShownCell[]): ReadonlyMap<string, string> {
  const positions = new Map(cells.map(({ id }, index) => [id, index + 1]));
  const list = (ids: readonly string[]) =>
    new Intl.ListFormat(i18n.language).format(ids.map((id) => String(positions.get(id) ?? "?")));
  const found = new Map<string, string>();
  for (const { name, cells } of graph?.doubles ?? [])
    for (const id of cells) found.set(id, i18n.t("workspace:doubled", { name, cells: list(cells) }));
  for (const cycle of graph?.cycles ?? [])
    for (const id of cycle) found.set(id, i18n.t("workspace:cycle", { cells: list(cycle) }));
  return found;
}
