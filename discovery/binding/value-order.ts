/** Where a value comes from, first wins (E8). */
export const SOURCES = ["manual", "settings", "discovery", "default"] as const;
export type Source = (typeof SOURCES)[number];

/** The values that each source has for the variables of a stack. */
export type ValueLayers = Readonly<Partial<Record<Source, Readonly<Record<string, string | undefined>>>>>;

export interface ResolvedValue {
  readonly value: string;
  readonly source: Source;
}

/**
 * The value of a variable in E8's order; undefined when no source has one. An empty text is a value, so that a person can
 * set one on purpose.
 */
export function resolveValue(name: string, layers: ValueLayers): ResolvedValue | undefined {
  for (const source of SOURCES) {
    const value = layers[source]?.[name];
    if (value !== undefined) return { value, source };
  }
  return undefined;
}

/** The values of several variables; those without any are left out. */
export function resolveValues(names: readonly string[], layers: ValueLayers): Record<string, ResolvedValue> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const resolved = resolveValue(name, layers);
      return resolved ? [[name, resolved]] : [];
    }),
  );
}
