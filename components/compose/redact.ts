import { isTelling, replaceParts, secretParts } from "./command-words";
import type { KubernetesObject } from "./kubernetes/objects";

const REDACTED = "REDACTED";
/** Fields with the words of a command: of containers, init containers and exec probes. */
const COMMANDS = ["command", "args"];

function redactedCommand(command: readonly unknown[], known: readonly string[]): unknown[] {
  const words = command.map(String);
  const parts = secretParts(words, known);
  return words.map((word, index) => replaceParts(word, parts[index] ?? [], () => REDACTED));
}

function redactedCommands(value: unknown, known: readonly string[], field = ""): unknown {
  if (Array.isArray(value))
    return COMMANDS.includes(field)
      ? redactedCommand(value, known)
      : value.map((item) => redactedCommands(item, known));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactedCommands(inner, known, key)]));
}

/** The values that Secrets hold and that are no common words; commands may hold them as well. */
export function secretValues(objects: readonly KubernetesObject[]): string[] {
  const data = objects.flatMap((object) => (object.kind === "Secret" ? Object.values(object.data ?? {}) : []));
  return data.map((value) => Buffer.from(String(value), "base64").toString("utf8")).filter(isTelling);
}

/**
 * The same object without the values of a Secret, and without secrets that stand in commands.
 * @param known values that are secret whatever they look like
 */
export function redacted(object: KubernetesObject, known: readonly string[] = []): KubernetesObject {
  if (object.kind !== "Secret") return redactedCommands(object, known) as KubernetesObject;
  const { data, ...rest } = object;
  return { ...rest, stringData: Object.fromEntries(Object.keys(data ?? {}).map((key) => [key, REDACTED])) };
}

/** File that an object is written to, such as mem0-ui-deployment.yaml (E22). */
export function fileName({ kind, metadata }: KubernetesObject): string {
  return `${metadata.name}-${kind.toLowerCase()}.yaml`;
}
