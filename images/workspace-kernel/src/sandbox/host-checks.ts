import { MAX_JSON_DEPTH, isTooDeep } from "@nexus/contract";
import { isJson } from "./json";

/** Maximum length of the name of a key, event or panel. */
export const MAX_NAME = 128;

export class HostRefusal extends Error {
  constructor(
    override readonly name: "CapabilityError" | "LimitError" | "TypeError",
    message: string,
  ) {
    super(message);
  }
}

/** A name that code gives. Throws a HostRefusal. */
export function checkName(what: string, value: string | undefined): string {
  if (value !== undefined && value !== "" && value.length <= MAX_NAME && !/[\p{Cc}\p{Cs}]/u.test(value)) return value;
  throw new HostRefusal("TypeError", `give the ${what} as a text of 1 to ${MAX_NAME} characters`);
}

export function checkSize(text: string, what: string, maxBytes: number): void {
  if (Buffer.byteLength(text) > maxBytes) throw new HostRefusal("LimitError", `one ${what} may have ${maxBytes} bytes`);
}

/** Stored or published data of a workspace must be JSON within the limits, so that every reader can parse it. */
export function checkText(text: string | undefined, what: string, maxBytes: number): string {
  if (text !== undefined) checkSize(text, what, maxBytes);
  if (text !== undefined && isTooDeep(text))
    throw new HostRefusal("LimitError", `one ${what} may be nested ${MAX_JSON_DEPTH} levels deep`);
  if (text === undefined || !isJson(text)) throw new HostRefusal("TypeError", "give a value that JSON can hold");
  return text;
}
