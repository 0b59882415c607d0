import type { KubernetesObject } from "./kubernetes/objects";
import { holdsSecret } from "./secrets";

const REDACTED = "REDACTED";
/** Fields with the words of a command: of containers, init containers and exec probes. */
const COMMANDS = ["command", "args"];
/** Flags whose next word is a secret. */
const SECRET_FLAG = /^--?(requirepass|masterauth|pass(word|wd|phrase)?|pwd|token|secret|api-?key|auth(-?token)?)$/i;

/** Where only the name of a variable stands. */
function isReference(word: string): boolean {
  return /^["']?\$/.test(word);
}

/** The words of a command without those that hold a secret, or follow a flag that announces one. */
function redactedWords(words: readonly string[], isSecretFlag: (word: string) => boolean): string[] {
  return words.map((word, index) => {
    const announced = isSecretFlag(words[index - 1] ?? "") && !word.startsWith("-");
    return !isReference(word) && (announced || holdsSecret(word)) ? REDACTED : word;
  });
}

function redactedCommand(command: readonly unknown[]): unknown[] {
  const words = command.filter((word) => typeof word === "string");
  // redis-cli has a short flag for its password; elsewhere -a means anything.
  const isRedis = words.some((word) => word.includes("redis-cli"));
  const isSecretFlag = (word: string) => SECRET_FLAG.test(word) || (isRedis && word === "-a");
  const plain = redactedWords(words, isSecretFlag);
  return words.map((word, index) => (/\s/.test(word) ? redactedScript(word, isSecretFlag) : (plain[index] ?? word)));
}

/** A script for a shell: its words are told apart by the spaces between them, which stay. */
function redactedScript(script: string, isSecretFlag: (word: string) => boolean): string {
  const gaps = script.match(/\s+/g) ?? [];
  const words = redactedWords(script.split(/\s+/), isSecretFlag);
  return words.map((word, index) => word + (gaps[index] ?? "")).join("");
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
