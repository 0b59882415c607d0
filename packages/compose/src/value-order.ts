import { ownValue } from "@nexus/host";

/** The sources of a variable's value; the first one wins (E8). */
const valueSources = ["manual", "settings", "discovery", "default"] as const;
export type ValueSource = (typeof valueSources)[number];

/** Values by the names of variables, which people choose. */
export type NamedValues = Readonly<Record<string, string | undefined>>;

/** The values that each source has: entered by hand, from stored settings, found in the cluster, from the compose file. */
export type ValueLayers = Readonly<Partial<Record<ValueSource, NamedValues>>>;

export interface ResolvedValue {
  readonly value: string;
  readonly source: ValueSource;
}

/**
 * The value of a variable in E8's order; undefined if no source has one. An empty text is a value, so that a person can
 * set it on purpose.
 */
export function resolveValue(name: string, layers: ValueLayers): ResolvedValue | undefined {
  for (const source of valueSources) {
    const value = ownValue(layers[source], name);
    if (value !== undefined) return { value, source };
  }
  return undefined;
}

/** The values of several variables; variables without a value are left out. */
export function resolveValues(names: readonly string[], layers: ValueLayers): Record<string, ResolvedValue> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const resolved = resolveValue(name, layers);
      return resolved ? [[name, resolved]] : [];
    }),
  );
}
