import * as pulumi from "@pulumi/pulumi";
import { type Problem, removeCommand } from "./problem";
import { type SecretKey, secretKeys, sections } from "./schema";

const PREFIX = "nexus:";
const HIDDEN = "[secret]";
/** Keys whose value is a word, not an object. */
const WORDS = new Set(["topology", "namespace", "logLevel"]);

/** The stack's `nexus:` keys as they were set. */
export interface Inputs {
  readonly sections: Readonly<Record<string, unknown>>;
  readonly secrets: readonly { readonly name: SecretKey; readonly value: string; readonly encrypted: boolean }[];
  readonly secretOutputs: Readonly<Partial<Record<SecretKey, pulumi.Output<string>>>>;
  /** Values that could not be read as objects. */
  readonly problems: readonly Problem[];
}

function isSecretKey(name: string): name is SecretKey {
  return name in secretKeys;
}

function readSection(name: string, raw: string, problems: Problem[]): unknown {
  if (WORDS.has(name) || !(name in sections.shape)) return raw;
  try {
    return JSON.parse(raw) as unknown;
  } catch {
    problems.push({ path: [name], text: `"${raw}" is no object; set the keys in it`, fix: removeCommand([name]) });
    return undefined;
  }
}

/** Keys that are encrypted in the stack's file; the SDK has no public way to ask, so this is what the engine says. */
function encryptedKeys(): readonly unknown[] {
  const keys: unknown = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS || "[]");
  return Array.isArray(keys) ? keys : [];
}

/** Reads every key of the stack's configuration that belongs to Nexus. */
export function readInputs(): Inputs {
  const config = new pulumi.Config("nexus");
  const encrypted = encryptedKeys();
  const problems: Problem[] = [];
  const values: Record<string, unknown> = {};
  const secrets: { name: SecretKey; value: string; encrypted: boolean }[] = [];
  const secretOutputs: Partial<Record<SecretKey, pulumi.Output<string>>> = {};
  for (const [key, raw] of Object.entries(pulumi.runtime.allConfig())) {
    // Pulumi.yaml gives every key an empty default: without one Pulumi would ask for a value.
    if (!key.startsWith(PREFIX) || raw === "") continue;
    const name = key.slice(PREFIX.length);
    if (isSecretKey(name)) {
      secrets.push({ name, value: raw, encrypted: encrypted.includes(key) });
      secretOutputs[name] = config.requireSecret(name);
    } else {
      // What is encrypted may be a secret under a misspelt name, and messages show values.
      values[name] = encrypted.includes(key) ? HIDDEN : readSection(name, raw, problems);
    }
  }
  return { sections: values, secrets, secretOutputs, problems };
}
