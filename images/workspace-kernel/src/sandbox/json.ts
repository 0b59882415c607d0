import { isTooDeep } from "@nexus/contract";
import type { JsonTexts, JsonValue } from "./messages";

/** The value of a text; undefined if it is not JSON or is nested too deeply for later readers. */
export function readJson(text: string): JsonValue | undefined {
  if (isTooDeep(text)) return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

export const isJson = (text: string) => readJson(text) !== undefined;

/**
 * Parses stored values by name. Earlier versions stored texts without a check, so a text that is not JSON is left out.
 */
export function readableTexts(
  texts: JsonTexts,
): { readonly name: string; readonly text: string; readonly value: JsonValue }[] {
  return Object.entries(texts).flatMap(([name, text]) => {
    const value = readJson(text);
    return value === undefined ? [] : [{ name, text, value }];
  });
}
