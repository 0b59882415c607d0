import { ownValue } from "@nexus/host";
import { z } from "zod";

/** A key of the configuration with its schema, without the wrappers for defaults and null. */
export interface SchemaNode {
  readonly path: readonly string[];
  readonly schema: z.core.$ZodType;
  readonly nullable: boolean;
  /** The schema's own default; undefined where it has none. */ readonly fallback: unknown;
  /** What the key does: the description of the outermost wrapper that has one. */
  readonly description: string | undefined;
}

type Wrapped = Omit<SchemaNode, "path">;

function unwrap(schema: z.core.$ZodType): Wrapped {
  const inner = unwrapOnce(schema);
  return { ...inner, description: z.globalRegistry.get(schema)?.description ?? inner.description };
}

function unwrapOnce(schema: z.core.$ZodType): Wrapped {
  if (schema instanceof z.ZodDefault) return { ...unwrap(schema.def.innerType), fallback: schema.def.defaultValue };
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) return unwrap(schema.def.innerType);
  if (schema instanceof z.ZodNullable) return { ...unwrap(schema.def.innerType), nullable: true };
  return { schema, nullable: false, fallback: undefined, description: undefined };
}

function children(schema: z.core.$ZodType): Record<string, z.core.$ZodType> {
  const bare = unwrap(schema).schema;
  if (bare instanceof z.ZodRecord && bare.def.valueType instanceof z.ZodObject) return { "<name>": bare.def.valueType };
  return bare instanceof z.ZodObject ? bare.shape : {};
}

/** Names of the keys that the object at `path` may have. */
export function keysAt(schema: z.core.$ZodType, path: readonly string[]): string[] {
  const [head, ...rest] = path;
  const inner = children(schema);
  if (head === undefined) return Object.keys(inner);
  const next = inner[head] ?? inner["<name>"];
  return next ? keysAt(next, rest) : [];
}

/** The default of the key at `path`; undefined or null where it has none. */
export function fallbackAt(schema: z.core.$ZodType, [head, ...rest]: readonly string[]): unknown {
  if (head === undefined) return unwrap(schema).fallback;
  const inner = children(schema);
  const next = inner[head] ?? inner["<name>"];
  return next && fallbackAt(next, rest);
}

/** Every key below `schema`, each object before its keys. */
export function schemaNodes(schema: z.core.$ZodType, path: readonly string[] = []): SchemaNode[] {
  return Object.entries(children(schema)).flatMap(([name, child]) => {
    const here = [...path, name];
    return [{ path: here, ...unwrap(child) }, ...schemaNodes(child, here)];
  });
}

/** Replaces the text "null", which is what `pulumi config set --path` stores, with null wherever a key allows null. */
export function withNulls(schema: z.core.$ZodType, value: unknown): unknown {
  if (value === "null" && unwrap(schema).nullable) return null;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const inner = children(schema);
  const entries = Object.entries(value).map(([name, child]) => {
    const next = ownValue(inner, name) ?? inner["<name>"];
    return [name, next ? withNulls(next, child) : (child as unknown)];
  });
  return Object.fromEntries(entries);
}
