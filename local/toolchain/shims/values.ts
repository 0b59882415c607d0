import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

export type Values = Readonly<Record<string, unknown>>;

/** The marker that the engine's protocol uses for a value that is not known before the update. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** Key and value that mark an object of the protocol as a secret. */
const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

export function isUnknown(value: unknown): boolean {
  return value === UNKNOWN;
}

export function secret(value: unknown): Values {
  return { [SIGNATURE_KEY]: SECRET_SIGNATURE, value };
}

export function fromStruct(message: Struct | undefined): Values {
  return message?.toJavaScript() ?? {};
}

export function toStruct(values: Values): Struct {
  return Struct.fromJavaScript(values as Record<string, JavaScriptValue>);
}
