import * as fs from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import type { StackConfig } from "./recorder";

const fileSchema = z.object({ config: z.record(z.string(), z.unknown()).optional() });
/** Stands for a secret that only the stack's key can read. */
const ENCRYPTED = "encrypted-value-that-is-not-read-here";
/** Stands for encrypted URLs, whose hosts are in other objects than Secrets. */
const ENCRYPTED_URLS: Readonly<Record<string, string>> = {
  "nexus:databaseUrl": `postgres://nexus:${ENCRYPTED}@database.invalid:5432/nexus`,
  "nexus:redisUrl": `redis://:${ENCRYPTED}@cache.invalid:6379`,
};

function isSecure(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).join() === "secure";
}

/** Reads a stack file as the engine would, without the engine and without its key. */
export function readStackFile(file: string): StackConfig {
  const { config = {} } = fileSchema.parse(parse(fs.readFileSync(file, "utf8")) ?? {});
  const entries = Object.entries(config);
  return {
    values: Object.fromEntries(entries.map(([key, value]) => [key, textOf(key, value)])),
    secretKeys: entries.filter(([, value]) => isSecure(value)).map(([key]) => key),
  };
}

function textOf(key: string, value: unknown): string {
  if (isSecure(value)) return ENCRYPTED_URLS[key] ?? ENCRYPTED;
  return typeof value === "string" ? value : JSON.stringify(value);
}
