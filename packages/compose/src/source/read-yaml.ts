import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document, type ParsedNode } from "yaml";
import { ComposeError, fail, keyOf, type Place, startOf } from "./problem";
import { list, map, type MapNode, type MergeTag, scalar, type Tree } from "./tree";

/**
 * Maximum size of a compose file in bytes. Kubernetes accepts objects of 1 MiB, and files written by people are far
 * smaller.
 */
export const MAX_FILE_BYTES = 1024 * 1024;
/**
 * Maximum number of values in a file after its aliases are expanded: a few lines of nested aliases can expand to
 * billions.
 */
const MAX_NODES = 100_000;
const MAX_DEPTH = 60;
const TOO_DEEP = `is nested more than ${MAX_DEPTH} levels deep`;
const FLATTEN = "flatten it";
const STANDARD_TAG = "tag:yaml.org,2002:";

type Path = readonly (string | number)[];
type Parsed = Document.Parsed<ParsedNode>;

/** Reads every document of a YAML file. @throws ComposeError with file, line, column and key */
export function readYaml(text: string, file: string): Tree[] {
  const size = Buffer.byteLength(text);
  if (size > MAX_FILE_BYTES)
    fail(startOf(file), "", `has ${size} bytes; the maximum is ${MAX_FILE_BYTES}`, "split it with include or extends");
  const lines = new LineCounter();
  const documents = parse(text, file, lines);
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  // The parser recurses. It reports a stack overflow among other errors, which only follow from it.
  const endless = documents.flatMap(({ errors }) => errors.find(({ code }) => code === "RESOURCE_EXHAUSTION") ?? [])[0];
  if (endless) fail(place(endless.pos[0]), "", TOO_DEEP, FLATTEN);
  const problems = documents.flatMap((document) =>
    document.errors.map((error) => ({
      place: place(error.pos[0]),
      key: keyOf(pathAt(document, error.pos[0])),
      ...(error.code === "DUPLICATE_KEY"
        ? { text: "the key appears twice", fix: "keep one of them" }
        : { text: `is not valid YAML: ${(error.message.split("\n")[0] ?? "").replace(/(?<![.:])[.:]+$/, "")}` }),
    })),
  );
  if (problems.length > 0) throw new ComposeError(problems);
  const trees = documents.map((document) => new Walker(document, place).tree());
  const [first] = trees;
  if (first === undefined || (trees.length === 1 && first.kind === "scalar" && first.value === null))
    return fail(startOf(file), "", "is empty", "write a `services:` mapping");
  return trees;
}

function parse(text: string, file: string, lineCounter: LineCounter): Parsed[] {
  try {
    const options = { lineCounter, prettyErrors: false, logLevel: "silent", merge: false } as const;
    const documents = parseAllDocuments(text, options);
    return Array.isArray(documents) ? documents : [];
  } catch (error) {
    if (error instanceof RangeError) return fail(startOf(file), "", TOO_DEEP, FLATTEN);
    throw error;
  }
}

/** The keys around an offset. */
function pathAt(document: Parsed, offset: number): Path {
  const path: (string | number)[] = [];
  let node: unknown = document.contents;
  for (;;) {
    if (isMap(node)) {
      const pair = node.items.findLast(({ key }) => isScalar(key) && (key.range?.[0] ?? Infinity) <= offset);
      if (!pair || !isScalar(pair.key)) return path;
      path.push(String(pair.key.value));
      node = pair.value;
    } else if (isSeq(node)) {
      const index = node.items.findLastIndex((item) => ((item as ParsedNode).range?.[0] ?? Infinity) <= offset);
      if (index < 0) return path;
      path.push(index);
      node = node.items[index];
    } else return path;
  }
}

/** Converts the parser's nodes to ours: aliases expanded, merge keys applied, everything limited. */
class Walker {
  private nodes = 0;
  private readonly open = new Set<unknown>();

  public constructor(
    private readonly document: Parsed,
    private readonly place: (offset: number) => Place,
  ) {}

  public tree(): Tree {
    return this.walk(this.document.contents, [], startOf(this.place(0).file));
  }

  private walk(node: unknown, path: Path, fallback: Place): Tree {
    const here = this.placeOf(node) ?? fallback;
    const key = keyOf(path);
    this.nodes += 1;
    if (this.nodes > MAX_NODES) fail(here, key, `aliases make more than ${MAX_NODES} values of this file`);
    if (path.length > MAX_DEPTH) fail(here, key, TOO_DEEP, FLATTEN);
    if (isAlias(node)) {
      const target = node.resolve(this.document);
      if (!target) return fail(here, key, `there is no anchor &${node.source}`);
      if (this.open.has(target)) return fail(here, key, `the alias *${node.source} contains itself`);
      return this.walk(target, path, here);
    }
    this.open.add(node);
    const tree = this.value(node, path, here);
    this.open.delete(node);
    const tag = this.tag(node, key, here);
    return tag === undefined ? tree : { ...tree, tag };
  }

  private value(node: unknown, path: Path, here: Place): Tree {
    if (isMap(node)) return this.mapping(node.items, path, here);
    if (isSeq(node))
      return list(
        here,
        node.items.map((item, index) => this.walk(item, [...path, index], here)),
      );
    if (!isScalar(node)) return scalar(here, null);
    const { value, source } = node;
    // A number that is not in JavaScript's notation (1.10, 0440, 1e3) stays as it was written.
    if (typeof value === "number") return scalar(here, String(value) === source ? value : (source ?? value));
    if (value === null || typeof value === "string" || typeof value === "boolean") return scalar(here, value);
    return scalar(here, source ?? "");
  }

  private mapping(pairs: readonly { key: unknown; value: unknown }[], path: Path, here: Place): MapNode {
    const own = new Map<string, Tree>();
    const merged = new Map<string, Tree>();
    for (const { key, value } of pairs) {
      const keyPlace = this.placeOf(key) ?? here;
      if (!isScalar(key)) return fail(keyPlace, keyOf(path), "a key is not text");
      const name = key.source ?? String(key.value);
      if (name === "<<" && key.type === "PLAIN") {
        for (const [inherited, tree] of this.merged(this.walk(value, [...path, name], keyPlace), path))
          if (!merged.has(inherited)) merged.set(inherited, tree);
      } else {
        own.set(name, { ...this.walk(value, [...path, name], keyPlace), keyPlace });
      }
    }
    return map(here, new Map([...merged, ...own]));
  }

  private merged(value: Tree, path: Path): [string, Tree][] {
    if (value.kind === "map") return [...value.entries];
    if (value.kind === "list" && value.items.every(({ kind }) => kind === "map"))
      return value.items.flatMap((item) => this.merged(item, path));
    return fail(value.place, keyOf([...path, "<<"]), "a merge key takes a mapping or a list of mappings");
  }

  private tag(node: unknown, key: string, here: Place): MergeTag | undefined {
    const tag = isScalar(node) || isMap(node) || isSeq(node) ? node.tag : undefined;
    if (tag === undefined || tag.startsWith(STANDARD_TAG)) return undefined;
    if (tag === "!reset" || tag === "!override") return tag === "!reset" ? "reset" : "override";
    return fail(here, key, `the YAML tag ${tag} is not known; compose has !reset and !override`);
  }

  private placeOf(node: unknown): Place | undefined {
    const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
    return range ? this.place(range[0]) : undefined;
  }
}
