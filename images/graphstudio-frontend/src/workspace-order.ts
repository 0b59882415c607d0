import type { Workspace } from "./api/types";

const byName = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** The orders of the list, by their names. */
const orders = {
  "Newest first": (a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt),
  "Last active first": (a, b) => Date.parse(b.lastActiveAt) - Date.parse(a.lastActiveAt),
  "Name, A to Z": (a, b) => byName.compare(a.name, b.name),
} satisfies Record<string, (a: Workspace, b: Workspace) => number>;

export type Order = keyof typeof orders;
export const orderNames = Object.keys(orders) as Order[];
export const isOrder = (name: string): name is Order => name in orders;

const plain = (text: string) => text.normalize("NFKC").toLowerCase().trim();

/** The workspaces whose names contain `search`, in the selected order. */
export function arrange(items: readonly Workspace[], search: string, order: Order): readonly Workspace[] {
  const wanted = plain(search);
  return items.filter(({ name }) => plain(name).includes(wanted)).sort(orders[order]);
}
