import { z } from "zod";
import { sections } from "../../config/schema";
import { type SchemaNode, schemaNodes } from "../../config/schema-tree";
import { type Manifest, recordStackAnew } from "./recorded-stack";
import { follow, type Tree, withValue } from "./wrong-values";

export const ends = ["least", "most"] as const;
export type End = (typeof ends)[number];

const meta = z.object({ expects: z.string().default("") });
const DOMAIN = [63, 63, 63, 61].map((length) => "d".repeat(length)).join(".");

/** The value of a key at one end of its range; undefined if it has no range. @param letter makes names different */
function edgeOf({ path, schema }: SchemaNode, end: End, letter: string): unknown {
  if (path.at(-1) === "annotations")
    return end === "least" ? { a: "" } : { [`${DOMAIN}/${"n".repeat(63)}`]: "x".repeat(9000) };
  const { expects } = meta.parse(z.globalRegistry.get(schema) ?? {});
  const [, least = "", most = ""] = /^(\d[\w.]*) to (\d[\w.]*)/.exec(expects) ?? [];
  const range = { least, most }[end];
  if (range !== "") return /^\d+$/.test(least + most) ? Number(range) : range;
  const [, length] = /^a name of at most (\d+)/.exec(expects) ?? [];
  if (length !== undefined) return letter.repeat(end === "least" ? 1 : Number(length));
  return /^a host name|dashes and dots$/.test(expects) ? { least: letter, most: DOMAIN }[end] : undefined;
}

/** Left out: the cluster of the stack, and compose projects, which have their own test. */
const LEFT_OUT = ["cluster", "images", "compose"];

/** A topology with every key at one end of its range, as far as they fit together. */
export function edgeConfig(topology: string, end: End): Tree {
  const nodes = schemaNodes(sections).filter(
    ({ path: [section = "", ...rest] }) =>
      // Pods that an autoscaler runs have no number of their own.
      !LEFT_OUT.includes(section) && !(["kernel", "nexusOs"].includes(section) && rest[0] === "replicas"),
  );
  const base: Tree = { topology, cluster: { kind: "local" }, networking: { ingress: { tls: {} } }, quotas: {} };
  const all = nodes.reduce<Tree>((tree, node, index) => {
    const value = edgeOf(node, end, String.fromCodePoint(97 + (index % 26)));
    const path = node.path.map((key) => (key === "<name>" ? "free" : key));
    return value === undefined ? tree : (withValue(tree, path, value) as Tree);
  }, base);
  return follow(all);
}

/** The objects of such a stack, all of them in one namespace that exists. */
export async function edgeObjects(topology: string, end: End): Promise<readonly Manifest[]> {
  const { manifests } = await recordStackAnew("dev", edgeConfig(topology, end));
  return manifests.map((one) =>
    one.metadata.namespace === undefined ? one : { ...one, metadata: { ...one.metadata, namespace: "default" } },
  );
}
