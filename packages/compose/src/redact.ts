import { isTelling, secretParts } from "./command-words";
import type { KubernetesObject } from "./kubernetes/objects";
import { PLACE } from "./model/known-secrets";
import { joinedParts, occurrences, replaceParts } from "./script-words";
import { isSecretNamed, metadataName } from "./secret-names";

const REDACTED = "REDACTED";
/** Fields with the words of a command: in containers, init containers and exec probes. */
const COMMANDS = ["command", "args"];
const METADATA = ["labels", "annotations"];
/** Other objects refer to these, and they are never made of a secret. */
const NAMES = /^(apiVersion|kind|name|namespace|.*Name|app\.kubernetes\.io\/.*)$/;
/** References that the kubelet expands; they show no secret. */
const REFERENCE = /(\$\([A-Za-z_][\w.-]*\))/;

function withoutReferences(word: string): string {
  return word.replace(new RegExp(REFERENCE, "g"), (all) => `\${${"m".repeat(all.length - 3)}}`);
}

/** References stay, so that the manifest can be used. */
function redactedPart(part: string): string {
  const pieces = part.split(REFERENCE);
  return pieces.map((piece, index) => (index % 2 === 1 || piece === "" ? piece : REDACTED)).join("");
}

function redactedCommand(command: readonly unknown[], known: readonly string[], image: string): unknown[] {
  const words = command.map(String);
  const parts = secretParts(words.map(withoutReferences), known, image);
  return words.map((word, index) => replaceParts(word, parts[index] ?? [], redactedPart));
}

function redactedMetadata(pairs: object, known: readonly string[]): unknown {
  const entries = Object.entries(pairs).map(([key, value]) => [
    key,
    typeof value !== "string"
      ? (value as unknown)
      : isSecretNamed(metadataName(key), value)
        ? REDACTED
        : redactedText(value, known, key),
  ]);
  return Object.fromEntries(entries) as unknown;
}

/** A secret that is also in another field of a manifest, such as an image. */
function redactedText(text: string, known: readonly string[], field: string): string {
  if (NAMES.test(field)) return text;
  // Kubernetes has host names in lower case only.
  const values = field === "hostnames" ? known.map((value) => value.toLowerCase()) : known;
  const telling = values.filter((value) => text.includes(value) && !PLACE.test(value));
  return replaceParts(text, joinedParts(occurrences(text, telling)), () => REDACTED);
}

function redactedFields(value: unknown, known: readonly string[], field = "", image = ""): unknown {
  if (Array.isArray(value))
    return COMMANDS.includes(field)
      ? redactedCommand(value, known, image)
      : value.map((item) => redactedFields(item, known, field, image));
  if (typeof value === "string") return redactedText(value, known, field);
  if (typeof value !== "object" || value === null) return value;
  if (METADATA.includes(field)) return redactedMetadata(value, known);
  const own = "image" in value && typeof value.image === "string" ? value.image : image;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactedFields(inner, known, key, own)]));
}

/** The values in Secrets that are not common words; commands may contain them as well. */
export function secretValues(objects: readonly KubernetesObject[]): string[] {
  const data = objects.flatMap((object) => (object.kind === "Secret" ? Object.values(object.data ?? {}) : []));
  return data.map((value) => Buffer.from(String(value), "base64").toString("utf8")).filter(isTelling);
}

/**
 * The same object without the values of a Secret, and without secrets in commands, labels, annotations and other fields.
 * @param known values that are secret whatever they look like
 */
export function redacted(object: KubernetesObject, known: readonly string[] = []): KubernetesObject {
  if (object.kind !== "Secret") return redactedFields(object, known) as KubernetesObject;
  const { data, ...rest } = object;
  return { ...rest, stringData: Object.fromEntries(Object.keys(data ?? {}).map((key) => [key, REDACTED])) };
}

/** The file that an object is written to, such as mem0-ui-deployment.yaml (E22). */
export function fileName({ kind, metadata }: KubernetesObject): string {
  return `${metadata.name}-${kind.toLowerCase()}.yaml`;
}
