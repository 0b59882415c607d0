import { ownValue } from "@nexus/host";
import { type ComposeProblem, keyOf, type Place } from "./problem";
import { shortPort, shortVolume } from "./short-syntax";
import {
  list,
  map,
  mapOf,
  type MapNode,
  markedText,
  scalar,
  textOf,
  type Tree,
  withEntries,
  withoutMarks,
} from "./tree";

/** Converts the short forms of a valid document to long forms, so that documents can be merged key by key. */
export function canonical(document: MapNode): { tree: MapNode; problems: ComposeProblem[] } {
  const problems: ComposeProblem[] = [];
  const services = document.entries.get("services");
  const tree =
    services?.kind === "map"
      ? withEntries(document, { services: mapValues(services, (name, node) => service(name, node, problems)) })
      : document;
  return { tree, problems };
}

function mapValues(node: MapNode, change: (name: string, value: Tree) => Tree): MapNode {
  const entries = [...node.entries].map(([name, value]): [string, Tree] => [name, same(value, change(name, value))]);
  return { ...node, entries: new Map(entries) };
}

/** `after`, with the positions and tag of `before`. */
function same(before: Tree, after: Tree): Tree {
  const { keyPlace, tag } = before;
  return { ...after, ...(keyPlace ? { keyPlace } : {}), ...(tag ? { tag } : {}) };
}

const envFiles = items((item) => (item.kind === "scalar" ? mapOf(item.place, { path: item }) : item));

type Problem = (place: Place, key: string, text: string) => void;
type Change = (node: Tree, problem: Problem) => Tree;

const CHANGES: Readonly<Record<string, Change>> = {
  annotations: pairs,
  build: (node) =>
    node.kind === "scalar" ? mapOf(node.place, { context: node }) : inside(node, { args: pairs, labels: pairs }),
  configs: items((node) => (node.kind === "scalar" ? mapOf(node.place, { source: node }) : node)),
  depends_on: names((place) => mapOf(place, { condition: "service_started" })),
  deploy: (node) => inside(node, { labels: pairs }),
  dns: asList,
  dns_search: asList,
  env_file: (node, problem) => envFiles(asList(node), problem),
  environment: pairs,
  extends: (node) => (node.kind === "scalar" ? mapOf(node.place, { service: node }) : node),
  extra_hosts: hosts,
  label_file: asList,
  labels: pairs,
  models: names((place) => scalar(place, null)),
  networks: names((place) => scalar(place, null)),
  ports: items(port),
  secrets: items((node) => (node.kind === "scalar" ? mapOf(node.place, { source: node }) : node)),
  sysctls: pairs,
  tmpfs: asList,
  volumes: items(volume),
};

function service(name: string, node: Tree, problems: ComposeProblem[]): Tree {
  if (node.kind !== "map") return node;
  return mapValues(node, (key, value) => {
    const change = ownValue(CHANGES, key);
    if (!change || value.tag === "reset") return value;
    return change(value, (place, below, text) =>
      problems.push({ place, key: keyOf(["services", name, key]) + below, text }),
    );
  });
}

function inside(node: Tree, changes: Readonly<Record<string, (node: Tree) => Tree>>): Tree {
  return node.kind === "map" ? mapValues(node, (key, value) => ownValue(changes, key)?.(value) ?? value) : node;
}

function asList(node: Tree): Tree {
  return node.kind === "scalar" ? list(node.place, [node]) : node;
}

function items(change: Change): Change {
  return (node, problem) =>
    node.kind === "list"
      ? list(
          node.place,
          node.items.map((item, index) =>
            same(
              item,
              change(item, (place, key, text) => problem(place, `[${index}]${key}`, text)),
            ),
          ),
        )
      : node;
}

function names(value: (place: Place) => Tree): Change {
  return (node) =>
    node.kind === "list"
      ? map(
          node.place,
          node.items.map((item): [string, Tree] => [textOf(item), { ...value(item.place), keyPlace: item.place }]),
        )
      : node;
}

/** A list of `NAME=value` as a mapping; a bare name has the value null. */
function pairs(node: Tree): Tree {
  if (node.kind !== "list") return node;
  return map(
    node.place,
    node.items.map((item): [string, Tree] => {
      const marked = markedText(item);
      const cut = marked.indexOf("=");
      if (cut < 0) return [marked, { ...scalar(item.place, null), keyPlace: item.place }];
      const value = marked.slice(cut + 1);
      const plain = withoutMarks(value);
      return [
        withoutMarks(marked.slice(0, cut)),
        { ...scalar(item.place, plain, plain === value ? undefined : value), keyPlace: item.place },
      ];
    }),
  );
}

/** `name:address` and `name=address`, as a mapping of lists. */
function hosts(node: Tree): Tree {
  if (node.kind === "map") return mapValues(node, (_, value) => asList(value));
  if (node.kind !== "list") return node;
  const entries = new Map<string, Tree[]>();
  for (const item of node.items) {
    const [, name = "", address = ""] = /^([^=:]+)[=:]\[?([^\]]*)\]?$/.exec(textOf(item)) ?? [];
    entries.set(name || textOf(item), [...(entries.get(name) ?? []), scalar(item.place, address)]);
  }
  return map(
    node.place,
    [...entries].map(([name, addresses]): [string, Tree] => [name, list(node.place, addresses)]),
  );
}

function port(node: Tree, problem: Problem): Tree {
  if (node.kind !== "scalar") return node;
  const parsed = shortPort(textOf(node));
  if (!parsed) {
    problem(node.place, "", `"${textOf(node)}" is not a port; write [[host_ip:]published:]target[/protocol]`);
    return node;
  }
  return mapOf(node.place, { ...parsed });
}

function volume(node: Tree, problem: Problem): Tree {
  if (node.kind !== "scalar") return node;
  const parsed = shortVolume(textOf(node));
  if (typeof parsed === "string") {
    problem(node.place, "", parsed);
    return node;
  }
  const { selinux, propagation, nocopy, ...volume } = parsed;
  const bind = mapOf(node.place, { selinux, propagation });
  return mapOf(node.place, {
    ...volume,
    bind: bind.entries.size > 0 ? bind : undefined,
    volume: nocopy === undefined ? undefined : mapOf(node.place, { nocopy }),
  });
}
