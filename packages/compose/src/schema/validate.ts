import { z } from "zod";
import { closest, ownValue } from "@nexus/host";
import { type ComposeProblem, keyOf } from "../source/problem";
import { nearest, toPlain, type Tree } from "../source/tree";
import { composeSchema } from ".";

type Issue = z.core.$ZodIssue;
type Path = readonly (string | number)[];

/** Maximum number of keys in a message; a longer list does not help. */
const MOST_LISTED = 12;

/** The violations of the compose specification in a document, each with its position. */
export function schemaProblems(document: Tree): ComposeProblem[] {
  const result = composeSchema.safeParse(toPlain(document));
  return result.success ? [] : result.error.issues.flatMap((issue) => problemsOf(issue, [], document));
}

function steps(path: readonly PropertyKey[]): Path {
  return path.map((step) => (typeof step === "number" ? step : String(step)));
}

function problemsOf(issue: Issue, above: Path, document: Tree): ComposeProblem[] {
  const path = [...above, ...steps(issue.path)];
  if (issue.code === "invalid_union") {
    const meant = issue.errors.filter((issues) => !issues.some(isOtherKind));
    const [first] = meant;
    if (first) return first.flatMap((inner) => problemsOf(inner, path, document));
    return [problem(path, `${shown(path, document)} is not ${expected(issue.errors.flat())}`, document)];
  }
  if (issue.code === "unrecognized_keys") {
    const old = path.length === 0 ? firstVersion(issue.keys, document) : undefined;
    if (old) return [old];
    const known = keysAt(composeSchema, path);
    return issue.keys.map((key) => {
      const meant = closest(key, known);
      const node = nearest(document, [...path, key]);
      const list = known.length > MOST_LISTED ? "" : `; known are ${known.join(", ")}`;
      const fix = meant === undefined ? `remove it${list}` : `write ${meant}`;
      return { place: node.keyPlace ?? node.place, key: keyOf([...path, key]), text: "is not a key of compose", fix };
    });
  }
  if (issue.code === "invalid_key") return [problem(path, issue.issues[0]?.message ?? "is not a name", document, true)];
  const missing = valueAt(document, path) === undefined;
  const text =
    missing && issue.code === "invalid_type"
      ? "is missing"
      : issue.code === "invalid_type"
        ? `${shown(path, document)} is not ${expected([issue])}`
        : issue.code === "invalid_value"
          ? `${shown(path, document)} is not known; use ${issue.values.map(String).filter(Boolean).join(", ")}`
          : `${shown(path, document)} ${issue.message.replace(/^(Invalid|Too)/, "does not fit: $1")}`;
  return [problem(path, text, document)];
}

/**
 * Services at the top level, as in the first version of compose. The fix for other unknown keys, to remove them, would
 * leave nothing.
 */
function firstVersion(keys: readonly string[], document: Tree): ComposeProblem | undefined {
  const services = keys.filter((key) =>
    ["image", "build"].some((part) => valueAt(document, [key, part]) !== undefined),
  );
  const [first] = services;
  if (first === undefined || valueAt(document, ["services"]) !== undefined) return undefined;
  const fix = `write "services:" above ${services.join(", ")}, and indent them`;
  return {
    ...problem([first], "is a service outside of `services`, as in the first version of compose", document, true),
    fix,
  };
}

/** True for an issue of the wrong type: the value is of another type than the schema allows. */
function isOtherKind(issue: Issue): boolean {
  return issue.path.length === 0 && ["invalid_type", "invalid_value", "invalid_union"].includes(issue.code);
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
  null: "empty",
};

function expected(issues: readonly Issue[]): string {
  const kinds = issues.flatMap((issue): string[] => {
    if (issue.code === "invalid_union")
      return issue.errors
        .flat()
        .filter(isOtherKind)
        .map((inner) => expected([inner]));
    if (issue.code === "invalid_type") return [KINDS[issue.expected] ?? issue.expected];
    return issue.code === "invalid_value" ? [`"${issue.values.map(String).join('", "')}"`] : [];
  });
  return [...new Set(kinds)].join(" or ") || "what belongs here";
}

function problem(path: Path, text: string, document: Tree, atKey = false): ComposeProblem {
  const node = nearest(document, path);
  return { place: (atKey ? node.keyPlace : undefined) ?? node.place, key: keyOf(path), text };
}

function valueAt(document: Tree, path: Path): unknown {
  const node = path.reduce<Tree | undefined>((above, step) => {
    if (above?.kind === "map") return above.entries.get(String(step));
    return above?.kind === "list" ? above.items[Number(step)] : undefined;
  }, document);
  return node && toPlain(node);
}

/** The type of a value, and the value itself if it is short and cannot contain a secret. */
function shown(path: Path, document: Tree): string {
  const value = valueAt(document, path);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a mapping";
  const secretPlace = path.some((step) => ["environment", "args", "content"].includes(String(step)));
  return secretPlace || value === undefined
    ? "the value"
    : `"${JSON.stringify(value).replace(/^"|"$/g, "").slice(0, 60)}"`;
}

function children(schema: z.core.$ZodType): Record<string, z.core.$ZodType> {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return children(schema.def.innerType);
  if (schema instanceof z.ZodPipe) return children(schema.def.out);
  if (schema instanceof z.ZodObject) return schema.shape;
  if (schema instanceof z.ZodRecord) return { "*": schema.def.valueType };
  if (schema instanceof z.ZodArray) return children(schema.def.element);
  if (schema instanceof z.ZodUnion)
    return Object.assign({}, ...schema.def.options.map(children)) as Record<string, z.core.$ZodType>;
  return {};
}

function keysAt(schema: z.core.$ZodType, path: Path): string[] {
  const [head, ...rest] = path.filter((step) => typeof step === "string");
  const inner = children(schema);
  if (head === undefined) return Object.keys(inner);
  const next = ownValue(inner, head) ?? inner["*"];
  return next ? keysAt(next, rest) : [];
}

/** Every key of the specification, such as `services.*.ports.target`; `*` stands for a name that people choose. */
export function specificationKeys(schema: z.core.$ZodType = composeSchema, above = ""): string[] {
  return Object.entries(children(schema)).flatMap(([name, child]) => {
    const key = above === "" ? name : `${above}.${name}`;
    const below = specificationKeys(child, key);
    return name === "*" ? below : [key, ...below];
  });
}
