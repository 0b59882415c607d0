import type { Inputs } from "../../config/inputs";
import { type Problem, problemLine } from "../../config/problem";
import { sections } from "../../config/schema";
import { type SchemaNode, schemaNodes, withNulls } from "../../config/schema-tree";
import { validate } from "../../config/validate";
import { withFix } from "./pulumi-config";

export type Tree = Readonly<Record<string, unknown>>;

/** Common mistakes, whatever value the key has. */
const MISTAKES: readonly unknown[] = [
  ...[
    "text",
    "Some Text",
    "",
    " ",
    "yes",
    "no",
    "null",
    "12",
    "-5",
    "007",
    "1.5",
    "512",
    "128MB",
    "5GB",
    "1Ki",
    "9999999Ti",
  ],
  ...[
    "kube-system",
    "default",
    "10.0.0.1",
    "10.0.0.1/33",
    "10.0.0.5/8",
    "UPPER.example.com",
    "http://example.com",
    "it's",
  ],
  ...[
    "x".repeat(300),
    "postgres://user:hunter2@host/db",
    "nginx",
    "A:b",
    "a--b",
    "-a",
    "a..b",
    "0m",
    "99999999",
    '"quoted"',
  ],
  ...[0, 1, -1, 0.5, 512, 1e9, 1e21, true, false, null, [], ["a", 1], {}, { a: 1 }, { a: { b: "c" } }, [[]]],
];

/** Sample names for keys that users name; those with a dot need quotes in a path. */
const CHOSEN = { compose: "shop", services: "my.api" } as const;

/** The path of a key in a stack file. */
export function realPath({ path }: SchemaNode): string[] {
  return path.map((step, index) =>
    step === "<name>" ? (CHOSEN[path[index - 1] as keyof typeof CHOSEN] ?? "one") : step,
  );
}

/** The tree with a value at a path. */
export function withValue(tree: unknown, [head, ...rest]: readonly string[], value: unknown): unknown {
  if (head === undefined) return value;
  const object = typeof tree === "object" && tree !== null ? (tree as Tree) : {};
  return { ...object, [head]: withValue(object[head], rest, value) };
}

const base: Tree = { cluster: { kind: "local" } };
/** A project needs its files, whatever else is wrong with it. */
const withFiles = (path: readonly string[]): Tree =>
  path[0] === "compose" && path.length > 1 ? { ...base, compose: { shop: { files: ["a.yaml"] } } } : base;

/** Every key with every mistake, or with one of `step` mistakes. */
export function mistakes(step: number): { readonly path: readonly string[]; readonly config: Tree }[] {
  return schemaNodes(sections).flatMap((node, index) => {
    const path = realPath(node);
    return MISTAKES.filter((_, number) => (number + index) % step === 0).map((value) => ({
      path,
      config: withValue(withFiles(path), path, value) as Tree,
    }));
  });
}

/** A top-level key is always a text, which is parsed if it is JSON. */
function readTop(name: string, value: unknown): unknown {
  if (typeof value !== "string" || ["topology", "namespace", "logLevel"].includes(name)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** The problems of a configuration, without those of the machine. */
export function problemsIn(config: Tree, staging = false): readonly Problem[] {
  const read = Object.fromEntries(Object.entries(config).map(([name, value]) => [name, readTop(name, value)]));
  const inputs: Inputs = {
    sections: withNulls(sections, read) as Tree,
    secrets: [],
    secretOutputs: {},
    composeSecrets: {},
    problems: [],
  };
  return validate(inputs, staging).problems;
}

interface Fix {
  readonly line: string;
  readonly fix: string | undefined;
}

/** Many commands lead to the same configuration, and a look at one takes about a millisecond. */
const known = new Map<string, readonly Fix[]>();

/** Each problem as people read it, with its command; those that somebody has to complete have none. */
export function fixesOf(config: Tree, staging = false): readonly Fix[] {
  const key = JSON.stringify([config, staging]);
  const fixes = known.get(key) ?? findFixes(config, staging);
  known.set(key, fixes);
  return fixes;
}

function findFixes(config: Tree, staging: boolean): Fix[] {
  return problemsIn(config, staging).map((problem) => {
    const line = problemLine(problem, "dev");
    return { line, fix: /<[\w ]+>|"\$\(|^npm/.test(problem.fix) ? undefined : problem.fix };
  });
}

/** Problems that their own command does not solve. */
export function uncured(config: Tree): string[] {
  return fixesOf(config).flatMap(({ line, fix }) => {
    if (fix === undefined) return [];
    try {
      const left = fixesOf(withFix(config, fix)).map((one) => one.line);
      return left.includes(line) ? [line] : [];
    } catch (error) {
      return [`${line} (${String(error)})`];
    }
  });
}

/** The configuration after all commands of its messages. */
export function follow(config: Tree, rounds = 40): Tree {
  const [first] = fixesOf(config);
  return first?.fix === undefined || rounds === 0 ? config : follow(withFix(config, first.fix), rounds - 1);
}

/** Problems that remain after all commands, which stop at one with a placeholder. */
export function leftOver(config: Tree): string[] {
  const left = fixesOf(follow(config));
  return left[0]?.fix === undefined ? [] : left.map(({ line }) => line);
}
