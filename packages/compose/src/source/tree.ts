import type { Place } from "./problem";

/** What the YAML tags `!reset` and `!override` ask a merge to do. */
export type MergeTag = "reset" | "override";

interface Located {
  readonly place: Place;
  /** Position of the key that leads here. */
  readonly keyPlace?: Place;
  readonly tag?: MergeTag;
}

export interface ScalarNode extends Located {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  /** The value with secret variables as {@link mark}s; undefined if there are none. */
  readonly marked?: string;
}

export interface ListNode extends Located {
  readonly kind: "list";
  readonly items: readonly Tree[];
}

export interface MapNode extends Located {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Tree>;
}

/** A YAML document in which every value keeps its position in the file, through interpolation and merging. */
export type Tree = ScalarNode | ListNode | MapNode;

const OPEN = "\uE000";
const CLOSE = "\uE001";
const MARKS = new RegExp(`${OPEN}([A-Za-z0-9_]*)=([^${CLOSE}]*)${CLOSE}`, "g");

/**
 * Placeholder for a secret in a text, until it is known how that place can refer to the secret.
 * @param name empty if it has none
 */
export function mark(name: string, value: string): string {
  return `${OPEN}${name}=${Buffer.from(value).toString("base64url")}${CLOSE}`;
}

/** Replaces marks, and applies `plain` to the text between them. */
export function replaceMarks(
  text: string,
  replace: (name: string, value: string) => string,
  plain: (text: string) => string = (part) => part,
): string {
  let result = "";
  let end = 0;
  for (const match of text.matchAll(MARKS)) {
    const value = Buffer.from(match[2] ?? "", "base64url").toString();
    result += plain(text.slice(end, match.index)) + replace(match[1] ?? "", value);
    end = match.index + match[0].length;
  }
  return result + plain(text.slice(end));
}

/** The names in the marks of a text. */
export function marksIn(text: string): string[] {
  return [...text.matchAll(MARKS)].map(([, name = ""]) => name);
}

/** The text with the values instead of marks. */
export function withoutMarks(text: string): string {
  return replaceMarks(text, (_, value) => value);
}

/** The text with a placeholder of equal length, which looks like the name of a variable, for each mark. */
export function maskMarks(text: string): string {
  return text.replace(MARKS, (all) => `$${"m".repeat(all.length - 1)}`);
}

export function scalar(place: Place, value: ScalarNode["value"], marked?: string): ScalarNode {
  return { kind: "scalar", place, value, ...(marked === undefined ? {} : { marked }) };
}

export function list(place: Place, items: readonly Tree[]): ListNode {
  return { kind: "list", place, items };
}

export function map(place: Place, entries: Iterable<readonly [string, Tree]>): MapNode {
  return { kind: "map", place, entries: new Map(entries) };
}

/** A map node of the values that are not undefined. */
export function mapOf(place: Place, values: Readonly<Record<string, ScalarNode["value"] | Tree | undefined>>): MapNode {
  return map(
    place,
    Object.entries(values).flatMap(([key, value]): [string, Tree][] => {
      if (value === undefined) return [];
      return [[key, value !== null && typeof value === "object" ? value : scalar(place, value)]];
    }),
  );
}

/** The value of a scalar as text; null is empty. */
export function textOf(node: Tree): string {
  return node.kind === "scalar" && node.value !== null ? String(node.value) : "";
}

/** The text with marks for secret variables. */
export function markedText(node: Tree): string {
  return node.kind === "scalar" && node.marked !== undefined ? node.marked : textOf(node);
}

/** Plain JavaScript values, without those that are marked for reset. */
export function toPlain(node: Tree): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.filter(({ tag }) => tag !== "reset").map(toPlain);
  const kept = [...node.entries].filter(([, value]) => value.tag !== "reset");
  return Object.fromEntries(kept.map(([key, value]) => [key, toPlain(value)]));
}

/** The node at a path, or the nearest one above it. */
export function nearest(node: Tree, path: readonly (string | number)[]): Tree {
  const [head, ...rest] = path;
  if (head === undefined || node.kind === "scalar") return node;
  const next = node.kind === "map" ? node.entries.get(String(head)) : node.items[Number(head)];
  return next === undefined ? node : nearest(next, rest);
}

/** The same map with some entries replaced; undefined removes an entry. */
export function withEntries(node: MapNode, changes: Readonly<Record<string, Tree | undefined>>): MapNode {
  const entries = new Map(node.entries);
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) entries.delete(key);
    else entries.set(key, value);
  }
  return { ...node, entries };
}
