import { hashSync } from "bcryptjs";
import { randomInt } from "node:crypto";

/** Inputs of random:index/randomPassword:RandomPassword with the defaults that the SDK documents. */
export interface PasswordInputs {
  readonly length: number;
  readonly lower: boolean;
  readonly upper: boolean;
  readonly numeric: boolean;
  readonly special: boolean;
  readonly minLower: number;
  readonly minUpper: number;
  readonly minNumeric: number;
  readonly minSpecial: number;
  readonly overrideSpecial?: string;
  readonly keepers?: Readonly<Record<string, string>>;
}

export interface InputFailure {
  readonly property: string;
  readonly reason: string;
}

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const NUMERIC = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";
/** bcrypt looks at no more than this many bytes. */
const BCRYPT_BYTES = 72;

const KNOWN = new Set([
  ...["length", "lower", "upper", "numeric", "number", "special"],
  ...["minLower", "minUpper", "minNumeric", "minSpecial", "overrideSpecial", "keepers"],
]);
const FLAGS = ["lower", "upper", "numeric", "special"] as const;
/** Each minimum with the flag that must be on for it. */
const MINIMA = [
  { minimum: "minLower", flag: "lower" },
  { minimum: "minUpper", flag: "upper" },
  { minimum: "minNumeric", flag: "numeric" },
  { minimum: "minSpecial", flag: "special" },
] as const;

/**
 * Applies the documented defaults and checks the result.
 * @returns the complete inputs, and every failure found
 */
export function checkInputs(news: Readonly<Record<string, unknown>>): {
  inputs: PasswordInputs;
  failures: InputFailure[];
} {
  const failures: InputFailure[] = [];
  const fail = (property: string, reason: string) => failures.push({ property, reason });
  for (const name of Object.keys(news)) if (!KNOWN.has(name)) fail(name, `${name} is no property of RandomPassword`);
  const flag = (name: (typeof FLAGS)[number]): boolean => {
    // `number` is the deprecated name of `numeric`.
    const value = news[name] ?? (name === "numeric" ? news.number : undefined) ?? true;
    if (typeof value !== "boolean") fail(name, `${name} is ${JSON.stringify(value)}; use true or false`);
    return value === true;
  };
  const count = (name: string, least: number): number => {
    const value = news[name] ?? least;
    if (typeof value !== "number" || !Number.isInteger(value) || value < least)
      fail(name, `${name} is ${JSON.stringify(value)}; use a whole number of at least ${least}`);
    return typeof value === "number" ? value : least;
  };
  if (news.length === undefined) fail("length", "length is required");
  const inputs: PasswordInputs = {
    length: count("length", 1),
    ...{ lower: flag("lower"), upper: flag("upper"), numeric: flag("numeric"), special: flag("special") },
    ...{ minLower: count("minLower", 0), minUpper: count("minUpper", 0) },
    ...{ minNumeric: count("minNumeric", 0), minSpecial: count("minSpecial", 0) },
    ...(news.overrideSpecial === undefined ? {} : { overrideSpecial: news.overrideSpecial as string }),
    ...(news.keepers === undefined ? {} : { keepers: news.keepers as Record<string, string> }),
  };
  const least = MINIMA.reduce((sum, { minimum }) => sum + inputs[minimum], 0);
  if (least > inputs.length)
    fail("length", `length is ${inputs.length}; the minima together ask for ${least} characters`);
  if (!FLAGS.some((name) => inputs[name]))
    fail("length", "at least one of lower, upper, numeric and special must be true");
  for (const { minimum, flag: kind } of MINIMA)
    if (inputs[minimum] > 0 && !inputs[kind]) fail(minimum, `${minimum} is ${inputs[minimum]}, but ${kind} is false`);
  return { inputs, failures };
}

function pick(alphabet: string): string {
  return alphabet.charAt(randomInt(alphabet.length));
}

function shuffle(characters: string[]): string[] {
  for (let last = characters.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [characters[last], characters[other]] = [characters[other] ?? "", characters[last] ?? ""];
  }
  return characters;
}

/** A password of the asked-for kind, from the system's secure random source, every choice equally likely. */
export function generatePassword(inputs: PasswordInputs): string {
  const special = inputs.overrideSpecial || SPECIAL;
  const kinds = [
    { alphabet: LOWER, on: inputs.lower, least: inputs.minLower },
    { alphabet: UPPER, on: inputs.upper, least: inputs.minUpper },
    { alphabet: NUMERIC, on: inputs.numeric, least: inputs.minNumeric },
    { alphabet: special, on: inputs.special, least: inputs.minSpecial },
  ].filter((kind) => kind.on);
  const required = kinds.flatMap(({ alphabet, least }) => Array.from({ length: least }, () => pick(alphabet)));
  const all = kinds.map((kind) => kind.alphabet).join("");
  const rest = Array.from({ length: inputs.length - required.length }, () => pick(all));
  return shuffle([...required, ...rest]).join("");
}

/** Every output of a new password. */
export function createPassword(inputs: PasswordInputs): PasswordInputs & { result: string; bcryptHash: string } {
  const result = generatePassword(inputs);
  return { ...inputs, result, bcryptHash: hashSync(result.slice(0, BCRYPT_BYTES), 10) };
}

/** The inputs that differ. All of them, `keepers` included, make a new password. */
export function changedInputs(olds: Readonly<Record<string, unknown>>, news: PasswordInputs): string[] {
  const before: Readonly<Record<string, unknown>> = { ...checkInputs(pickKnown(olds)).inputs };
  const after: Readonly<Record<string, unknown>> = { ...news };
  return Object.keys({ ...before, ...after }).filter((name) => stable(before[name]) !== stable(after[name]));
}

function pickKnown(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => KNOWN.has(name)));
}

function stable(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "undefined";
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
