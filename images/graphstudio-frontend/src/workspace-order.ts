import type { Workspace } from "./api/types";
import { i18n } from "./i18n";

const byName = (a: string, b: string) => a.localeCompare(b, i18n.language, { numeric: true, sensitivity: "base" });

/** The orders of the list. */
const orders = {
  newest: (a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt),
  lastActive: (a, b) => Date.parse(b.lastActiveAt) - Date.parse(a.lastActiveAt),
  name: (a, b) => byName(a.name, b.name),
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
