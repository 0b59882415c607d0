/** Where the value of a variable comes from, in the order in which they win (E8). */
export const valueSources = ["manual", "suggestion", "discovery", "compose"] as const;
export type ValueSource = (typeof valueSources)[number];

/** Values for variables from outside of the compose file, by name. */
export interface GivenValues {
  /** What somebody entered. */
  readonly manual: Readonly<Record<string, string>>;
  /** What the settings suggest. */
  readonly suggestions: Readonly<Record<string, string>>;
  /** What a scan of the cluster found. */
  readonly discovered: Readonly<Record<string, string>>;
}

export interface SourcedValue {
  readonly value: string;
  readonly source: ValueSource;
}

/** The value of a variable; undefined where nobody gives one. An empty text is a value. */
export function resolveValue(
  name: string,
  given: GivenValues,
  fromCompose: string | undefined,
): SourcedValue | undefined {
  const candidates: readonly [ValueSource, string | undefined][] = [
    ["manual", own(given.manual, name)],
    ["suggestion", own(given.suggestions, name)],
    ["discovery", own(given.discovered, name)],
    ["compose", fromCompose],
  ];
  for (const [source, value] of candidates) if (value !== undefined) return { value, source };
  return undefined;
}

/** A variable may be called `constructor`. */
function own(values: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
