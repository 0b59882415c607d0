import { replaceParts, secretParts } from "./command-words";
import type { KubernetesObject } from "./kubernetes/objects";

const REDACTED = "REDACTED";
/** Fields with the words of a command: of containers, init containers and exec probes. */
const COMMANDS = ["command", "args"];

function redactedCommand(command: readonly unknown[]): unknown[] {
  const words = command.map(String);
  const parts = secretParts(words);
  return words.map((word, index) => replaceParts(word, parts[index] ?? [], () => REDACTED));
}

function redactedCommands(value: unknown, field = ""): unknown {
  if (Array.isArray(value))
    return COMMANDS.includes(field) ? redactedCommand(value) : value.map((item) => redactedCommands(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactedCommands(inner, key)]));
}

/** The same object without the values of a Secret, and without secrets that stand in commands. */
export function redacted(object: KubernetesObject): KubernetesObject {
  if (object.kind !== "Secret") return redactedCommands(object) as KubernetesObject;
  const { data, ...rest } = object;
  return { ...rest, stringData: Object.fromEntries(Object.keys(data ?? {}).map((key) => [key, REDACTED])) };
}

/** File that an object is written to, such as mem0-ui-deployment.yaml (E22). */
export function fileName({ kind, metadata }: KubernetesObject): string {
  return `${metadata.name}-${kind.toLowerCase()}.yaml`;
}
