import * as fs from "node:fs";
import { parse, YAMLParseError } from "yaml";
import { z } from "zod";
import { ENCRYPTED_VALUE } from "../../config/inputs";
import type { StackConfig } from "./recorder";

const fileSchema = z.object({ config: z.record(z.string(), z.unknown()).nullish() });
/** Stands for encrypted URLs, because objects other than Secrets contain their hosts. */
const ENCRYPTED_URLS: Readonly<Record<string, string>> = {
  "nexus:databaseUrl": `postgres://nexus:${ENCRYPTED_VALUE}@database.invalid:5432/nexus`,
  "nexus:redisUrl": `redis://:${ENCRYPTED_VALUE}@cache.invalid:6379`,
};

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isSecure(value: unknown): boolean {
  return isObject(value) && Object.keys(value).join() === "secure";
}

/** True if a value, or a value inside it, is encrypted. */
function holdsSecure(value: unknown): boolean {
  return isSecure(value) || (isObject(value) && Object.values(value).some(holdsSecure));
}

/**
 * Reads a stack file as the engine would, without the engine and without its key.
 * @throws Error with file, line and column if it is not valid
 */
export function readStackFile(file: string): StackConfig {
  const { data, error } = fileSchema.safeParse(readYaml(file) ?? {});
  if (error)
    throw new Error(
      `${file} is not a stack file: \`config\` is not a mapping. Fix: write \`nexus:<key>: <value>\` below it.`,
    );
  const entries = Object.entries(data.config ?? {});
  const bare = entries.map(([key]) => key).filter((key) => !/^[^:]+:./.test(key));
  if (bare.length > 0)
    throw new Error(
      `${file} has keys without a namespace, which Pulumi refuses: ${bare.join(", ")}. Fix: write \`nexus:\` before ${bare.length === 1 ? "it" : "each"}, as in nexus:${bare[0] ?? ""}.`,
    );
  return {
    values: Object.fromEntries(entries.map(([key, value]) => [key, textOf(key, value)])),
    secretKeys: entries.filter(([, value]) => holdsSecure(value)).map(([key]) => key),
  };
}

function readYaml(file: string): unknown {
  try {
    return parse(fs.readFileSync(file, "utf8"), { prettyErrors: true });
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const [{ line, col } = { line: 1, col: 1 }] = error.linePos ?? [];
    const what = (error.message.split(/ at line |\n/)[0] ?? "").replace(/(?<![.:])[.:]+$/, "");
    throw new Error(`${file}:${line}:${col}: is not valid YAML: ${what}.`);
  }
}

function textOf(key: string, value: unknown): string {
  if (isSecure(value)) return ENCRYPTED_URLS[key] ?? ENCRYPTED_VALUE;
  return typeof value === "string" ? value : JSON.stringify(withoutSecure(value));
}

function withoutSecure(value: unknown): unknown {
  if (isSecure(value)) return ENCRYPTED_VALUE;
  if (Array.isArray(value)) return value.map(withoutSecure);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSecure(inner)]));
}
