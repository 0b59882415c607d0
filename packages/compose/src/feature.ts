/** What becomes of a key of the compose specification. */
export interface Feature {
  /** Such as `services.*.ports.target`; `*` stands for a name that people choose. What is lost, is lost with all below. */
  readonly key: string;
  readonly how: "carried" | "partly" | "lost";
  /** Carried: what it becomes. Partly and lost: what does not happen. */
  readonly text: string;
  /** What to do instead. */
  readonly advice?: string;
  /** Values that ask for nothing, so that nothing is lost. */
  readonly unless?: (value: unknown) => boolean;
}

export const isOff = (value: unknown) =>
  value === "" || value === false || value === "false" || value === "no" || value === "off" || value === 0;
export const isOneOf =
  (...words: readonly string[]) =>
  (value: unknown) =>
    words.includes(String(value));

export function carried(text: string, ...keys: readonly string[]): Feature[] {
  return keys.map((key) => ({ key, how: "carried", text }));
}
export function lost(
  text: string,
  advice: string,
  keys: readonly string[],
  unless?: (value: unknown) => boolean,
): Feature[] {
  return keys.map((key) => ({ key, how: "lost", text, advice, unless }));
}
export function partly(text: string, advice: string, ...keys: readonly string[]): Feature[] {
  return keys.map((key) => ({ key, how: "partly", text, advice }));
}
export function of(parent: string, rows: readonly Feature[]): Feature[] {
  return rows.map((row) => ({ ...row, key: `${parent}.${row.key}` }));
}
