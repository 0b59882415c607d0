import { z } from "zod";

/** Building blocks of the compose specification's schema. */

export const NAME = /^[a-zA-Z0-9._-]+$/;

export const text = z.string();
/**
 * After interpolation every value that came from a variable is a text, so numbers and flags are accepted as texts too;
 * an empty text means that the key is missing.
 */
export const flag = z.union([
  z.boolean(),
  z.string().regex(/^(true|false|yes|no|on|off|y|n|1|0|)$/i, { error: "is neither true nor false" }),
]);
export const whole = z.union([z.int(), z.string().regex(/^(-?\d+|)$/, { error: "is not a whole number" })]);
export const oneOf = <const T extends string>(...words: readonly T[]) => z.enum([...words, ""]);
export const number = z.union([z.number(), z.string()]);
export const plain = z.union([z.string(), z.number(), z.boolean()]);
export const texts = z.array(text);
export const textOrTexts = z.union([text, texts]);
/** A list of `NAME=value` or a mapping. */
export const pairs = z.union([
  z.array(z.union([z.string(), z.number()])),
  z.record(z.string(), z.union([plain, z.null()])),
]);
export const settings = z.record(z.string(), z.union([plain, z.null()]));

/** A mapping with exactly these keys, and extensions that begin with `x-`. */
export function mapping<S extends z.core.$ZodLooseShape>(shape: S) {
  return z.preprocess((value) => withoutExtensions(value, shape), z.strictObject(shape));
}

function withoutExtensions(value: unknown, shape: object): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key in shape || !key.startsWith("x-")));
}

/** A mapping of names that people choose. */
export function named<T extends z.core.$ZodType>(value: T) {
  return z.record(z.string().regex(NAME, { error: "has letters that names may not have" }), value);
}

export const hook = mapping({
  command: z.union([text, texts]),
  user: text.optional(),
  privileged: flag.optional(),
  working_dir: text.optional(),
  environment: pairs.optional(),
});

export const ulimits = z.record(z.string(), z.union([z.int(), z.string(), mapping({ hard: whole, soft: whole })]));

/** A config or secret as a service mounts it. */
export const fileReference = z.union([
  text,
  mapping({
    source: text.optional(),
    target: text.optional(),
    uid: z.union([text, z.int()]).optional(),
    gid: z.union([text, z.int()]).optional(),
    mode: number.optional(),
  }),
]);

export const extraHosts = z.union([texts, z.record(z.string(), z.union([text, texts]))]);
export const external = z.union([flag, z.looseObject({ name: text.optional() })]).optional();

export const devices = z.array(
  mapping({
    capabilities: texts.optional(),
    count: z.union([z.int(), text]).optional(),
    device_ids: texts.optional(),
    driver: text.optional(),
    options: pairs.optional(),
  }),
);
