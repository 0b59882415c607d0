import * as path from "node:path";
import { type MapNode, scalar, textOf, type Tree, withEntries } from "./tree";

/** True for a project or a build context that is somewhere else, such as a repository. */
export function isRemote(file: string): boolean {
  return /^(\w+:\/\/|git@|oci:|github\.com\/)/.test(file) || file.endsWith(".git");
}

/** Makes the paths in a canonical document absolute: they are relative to the directory of their file. */
export function absolutePaths(document: MapNode, directory: string): MapNode {
  const services = onEach(document.entries.get("services"), (service) =>
    withEntries(service, {
      build: onKey(service.entries.get("build"), "context", directory),
      env_file: onItems(service.entries.get("env_file"), (item) => onKey(item, "path", directory)),
      label_file: onItems(service.entries.get("label_file"), (item) => absolute(item, directory)),
      volumes: onItems(service.entries.get("volumes"), (item) =>
        item.kind === "map" && textOf(item.entries.get("type") ?? item) === "bind"
          ? onKey(item, "source", directory)
          : item,
      ),
      extends: onKey(service.entries.get("extends"), "file", directory),
    }),
  );
  const named = (section: string) =>
    onEach(document.entries.get(section), (entry) => onKey(entry, "file", directory) as MapNode);
  return withEntries(document, { services, configs: named("configs"), secrets: named("secrets") });
}

function absolute(node: Tree, directory: string): Tree {
  const file = textOf(node);
  const isPath =
    node.kind === "scalar" && file !== "" && !isRemote(file) && !file.startsWith("~") && !/^[A-Za-z]:[\\/]/.test(file);
  return isPath ? { ...node, ...scalar(node.place, path.resolve(directory, file)) } : node;
}

function onKey<T extends Tree | undefined>(node: T, key: string, directory: string): T | MapNode {
  const value = node?.kind === "map" ? node.entries.get(key) : undefined;
  return node?.kind === "map" && value ? withEntries(node, { [key]: absolute(value, directory) }) : node;
}

function onItems(node: Tree | undefined, change: (item: Tree) => Tree): Tree | undefined {
  return node?.kind === "list" ? { ...node, items: node.items.map(change) } : node;
}

function onEach(node: Tree | undefined, change: (item: MapNode) => MapNode): Tree | undefined {
  if (node?.kind !== "map") return node;
  const entries = [...node.entries].map(([name, item]): [string, Tree] => [
    name,
    item.kind === "map" ? change(item) : item,
  ]);
  return { ...node, entries: new Map(entries) };
}
