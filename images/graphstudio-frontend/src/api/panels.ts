/** Panels of a workspace: JSON values by name. */
export type Panels = Readonly<Record<string, unknown>>;

/** A change of a panel. */
export interface PanelPatch {
  readonly panel: string;
  readonly op: "set" | "patch" | "remove";
  readonly value: unknown;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A merge patch of RFC 7396: null removes, objects are merged, any other value replaces. */
function merged(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

/** The panels after a change; the old object is not modified. */
export function withPatch(panels: Panels, { panel, op, value }: PanelPatch): Panels {
  const { [panel]: before, ...others } = panels;
  if (op === "remove") return others;
  return { ...panels, [panel]: op === "patch" ? merged(before, value) : value };
}
