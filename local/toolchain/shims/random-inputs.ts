import { isUnknown, type Values } from "./values";

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

/** In a preview any of them may be the marker of an unknown value instead. */
export type PreviewedInputs = { readonly [Name in keyof PasswordInputs]: PasswordInputs[Name] | string };

export interface InputFailure {
  readonly property: string;
  readonly reason: string;
}

export const FLAGS = ["lower", "upper", "numeric", "special"] as const;
export const MINIMA = ["minLower", "minUpper", "minNumeric", "minSpecial"] as const;
const KNOWN = new Set<string>(["length", "number", "overrideSpecial", "keepers", ...FLAGS, ...MINIMA]);

type Fail = (property: string, reason: string) => void;

function flag(news: Values, name: string, fail: Fail): boolean | string {
  const value = news[name] ?? true;
  if (isUnknown(value)) return value as string;
  if (typeof value !== "boolean") fail(name, `${name} is ${JSON.stringify(value)}; use true or false`);
  return value === true;
}

function count(news: Values, name: string, least: number, fail: Fail): number | string {
  const value = news[name] ?? least;
  if (isUnknown(value)) return value as string;
  if (typeof value === "number" && Number.isInteger(value) && value >= least) return value;
  fail(name, `${name} is ${JSON.stringify(value)}; use a whole number of at least ${least}`);
  return least;
}

function checkOptional(news: Values, fail: Fail): Pick<PreviewedInputs, "overrideSpecial" | "keepers"> {
  const { overrideSpecial, keepers } = news;
  if (overrideSpecial !== undefined && typeof overrideSpecial !== "string")
    fail("overrideSpecial", `overrideSpecial is ${JSON.stringify(overrideSpecial)}; use a string`);
  const isMap = typeof keepers === "object" && keepers !== null && !Array.isArray(keepers);
  if (keepers !== undefined && !isUnknown(keepers) && !isMap)
    fail("keepers", `keepers is ${JSON.stringify(keepers)}; use a map of strings`);
  return {
    ...(overrideSpecial === undefined ? {} : { overrideSpecial: overrideSpecial as string }),
    ...(keepers === undefined ? {} : { keepers: keepers as Record<string, string> }),
  };
}

function checkTogether(inputs: PreviewedInputs, fail: Fail): void {
  const least = MINIMA.reduce((sum, name) => sum + (typeof inputs[name] === "number" ? inputs[name] : 0), 0);
  if (typeof inputs.length === "number" && least > inputs.length)
    fail("length", `length is ${inputs.length}; the minimum numbers together need ${least} characters`);
  if (FLAGS.every((name) => inputs[name] === false))
    fail("length", "at least one of lower, upper, numeric and special must be true");
}

/**
 * Applies the documented defaults and checks the result. Unknown values are accepted.
 * @returns the complete inputs, and every problem found
 */
export function checkInputs(news: Values): { inputs: PreviewedInputs; failures: InputFailure[] } {
  const failures: InputFailure[] = [];
  const fail: Fail = (property, reason) => failures.push({ property, reason });
  for (const name of Object.keys(news)) if (!KNOWN.has(name)) fail(name, `${name} is not a property of RandomPassword`);
  // `number` is the deprecated name of `numeric`.
  const [older, newer] = [news.number, news.numeric];
  const bothKnown = [older, newer].every((value) => value !== undefined && !isUnknown(value));
  if (bothKnown && older !== newer)
    fail("number", `number is ${String(older)} and numeric is ${String(newer)}; set numeric only`);
  if (news.length === undefined) fail("length", "length is required");
  const inputs: PreviewedInputs = {
    length: count(news, "length", 1, fail),
    lower: flag(news, "lower", fail),
    upper: flag(news, "upper", fail),
    numeric: flag({ numeric: newer ?? older }, "numeric", fail),
    special: flag(news, "special", fail),
    minLower: count(news, "minLower", 0, fail),
    minUpper: count(news, "minUpper", 0, fail),
    minNumeric: count(news, "minNumeric", 0, fail),
    minSpecial: count(news, "minSpecial", 0, fail),
    ...checkOptional(news, fail),
  };
  checkTogether(inputs, fail);
  return { inputs, failures };
}

/** The inputs in the properties of a state, with defaults. */
export function inputsOfState(state: Values): PreviewedInputs {
  return checkInputs(Object.fromEntries(Object.entries(state).filter(([name]) => KNOWN.has(name)))).inputs;
}

/** Two values that mean the same password: an empty override is none, and a keeper without a value has no effect. */
function meaning(name: string, value: unknown): unknown {
  if (name === "overrideSpecial") return value || undefined;
  if (name !== "keepers" || isUnknown(value)) return value;
  const kept = Object.entries(value ?? {}).filter(([, one]) => one !== null && one !== undefined);
  return kept.length > 0 ? kept.sort(([a], [b]) => (a < b ? -1 : 1)) : undefined;
}

export interface InputChange {
  readonly property: string;
  /** False if the password stays as it is. */
  readonly replaces: boolean;
}

/** The inputs that differ. Every change that has a meaning makes a new password, also a change of a keeper. */
export function changedInputs(state: Values, news: PreviewedInputs): InputChange[] {
  const before: Values = { ...inputsOfState(state) };
  const after: Values = { ...news };
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b) && !isUnknown(b);
  // If this output is missing in the state, the official plugin makes a new password too.
  const older = state.number === undefined ? [{ property: "number", replaces: false }] : [];
  const changes = Object.keys({ ...before, ...after }).flatMap((property) => {
    const [old, now] = [before[property], after[property]];
    if (same(old, now)) return [];
    const replaces = !same(meaning(property, old), meaning(property, now));
    // A different order of keepers is not a change.
    return replaces || property !== "keepers" || Object.keys(old ?? {}).length !== Object.keys(now ?? {}).length
      ? [{ property, replaces }]
      : [];
  });
  return [...changes, ...older];
}
