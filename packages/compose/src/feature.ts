/** What a key of the compose specification becomes. */
export interface Feature {
  /**
   * Such as `services.*.ports.target`; `*` stands for a name that people choose. If a key is lost, so are all keys
   * below it.
   */
  readonly key: string;
  readonly how: "carried" | "partly" | "lost";
  /** Carried: what it becomes. Partly and lost: what does not happen. */
  readonly text: string;
  /** What to do instead. */
  readonly advice?: string;
  /** Values without an effect, so that nothing is lost. */
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
