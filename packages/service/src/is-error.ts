import { types } from "node:util";

/** Also true for errors of another realm (a vm context, a worker), which `instanceof` alone does not know. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/** The `code` of a system or database error, or "". */
export function errorCode(value: unknown): string {
  return isError(value) && "code" in value ? String(value.code) : "";
}
