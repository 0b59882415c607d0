import * as pulumi from "@pulumi/pulumi";
import { closest } from "@nexus/host";
import { quoted } from "./fields";
import { leavesOf } from "./merge";
import { type Problem, removeCommand } from "./problem";
import { keysAt, withNulls } from "./schema-tree";
import { z } from "zod";
import { composeSecretsKey, type SecretKey, secretKeys, sections } from "./schema";

const PROJECT = "nexus";
const PREFIX = `${PROJECT}:`;
/** Stands for an encrypted value if the stack's key is not available. */
export const ENCRYPTED_VALUE = "encrypted-value-that-is-not-read-here";
/** Stands for a value that is encrypted. */
export const HIDDEN = "[secret]";
/** Keys whose value is a word, not an object. */
const WORDS = new Set(["topology", "namespace", "logLevel"]);

/** The stack's `nexus:` keys as they were set. */
export interface Inputs {
  readonly sections: Readonly<Record<string, unknown>>;
  readonly secrets: readonly { readonly name: SecretKey; readonly value: string; readonly encrypted: boolean }[];
  readonly secretOutputs: Readonly<Partial<Record<SecretKey, pulumi.Output<string>>>>;
  /** Secret variables of compose projects, by project and name. */
  readonly composeSecrets: ComposeSecrets;
  /** Values that could not be read as objects. */
  readonly problems: readonly Problem[];
}

export type ComposeSecrets = Readonly<Record<string, Readonly<Record<string, string>>>>;

const composeSecretsSchema = z.record(
  z.string(),
  z.record(
    z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
    z.union([z.string(), z.number(), z.boolean()]).transform(String),
  ),
);

/** No message shows a value. */
function readComposeSecrets(raw: string, encrypted: boolean, problems: Problem[]): ComposeSecrets {
  const path = [composeSecretsKey];
  const fix = `pulumi config set --secret --path 'nexus:${composeSecretsKey}.<project>.<NAME>' <value>`;
  if (!encrypted) problems.push({ path, text: "is stored in plain text", fix });
  const read = composeSecretsSchema.safeParse(parsed(raw));
  if (read.success) return read.data;
  const [{ path: wrong } = { path: [] }] = read.error.issues;
  const text = "is not a text; use the names of projects, and below them the names and values of variables";
  problems.push({ path: [...path, ...wrong.map(String)], text, fix });
  return {};
}

function parsed(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}

function isSecretKey(name: string): name is SecretKey {
  return name in secretKeys;
}

function readSection(name: string, raw: string, problems: Problem[]): unknown {
  if (WORDS.has(name) || !(name in sections.shape)) return raw;
  try {
    return JSON.parse(raw) as unknown;
  } catch {
    // Not an object; the check of its key reports that.
    if (keysAt(sections, [name]).length === 0) return raw;
    problems.push({
      path: [name],
      text: `${quoted(raw)} is not an object; set the keys in it`,
      fix: removeCommand([name]),
    });
    return undefined;
  }
}

/** Pulumi treats the whole object as encrypted if one of its values is. Only the stack's file shows which one. */
function hidden(name: string, raw: string, problems: Problem[]): unknown {
  const content = parsed(raw);
  if (WORDS.has(name) || !(name in sections.shape) || typeof content !== "object" || content === null) return HIDDEN;
  const leaves = leavesOf(content, [name]);
  const secret = leaves.filter(([, value]) => value === ENCRYPTED_VALUE);
  const known = secret.length > 0 || leaves.length > 1 ? secret : leaves;
  const found = known.length > 0 ? known.map(([path]) => path) : [[name, "<key>"]];
  const text = `is encrypted, which hides all of nexus:${name}; a secret has a key of its own`;
  problems.push(...found.map((path) => ({ path, text, fix: removeCommand(path) })));
  return undefined;
}

/** Keys that are encrypted in the stack's file, as the engine passes them; the SDK has no public API for this. */
function encryptedKeys(): readonly unknown[] {
  const keys: unknown = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS || "[]");
  return Array.isArray(keys) ? keys : [];
}

/** The stack's configuration as it was set, for the record of a release. */
export interface SetConfiguration {
  /** Values by key, without secrets, however those were set. */
  readonly values: Readonly<Record<string, string>>;
  /** Secrets by key; a release has only their hashes. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Reads every key that was set, also those that are not of Nexus. */
export function setConfiguration(): SetConfiguration {
  const encrypted = encryptedKeys();
  const isSecret = ([key]: readonly [string, string]) => {
    const name = key.slice(PREFIX.length);
    return encrypted.includes(key) || isSecretKey(name) || name === composeSecretsKey;
  };
  const all = Object.entries(pulumi.runtime.allConfig()).filter(([, value]) => value !== "");
  return {
    values: Object.fromEntries(all.filter((entry) => !isSecret(entry))),
    secrets: Object.fromEntries(all.filter(isSecret)),
  };
}

/** True for a namespace of keys that probably is a misspelt `nexus`. */
function isProject(namespace: string): boolean {
  return closest(namespace, [PROJECT]) !== undefined;
}

/** Reads every key of the stack's configuration that belongs to Nexus. */
export function readInputs(): Inputs {
  const config = new pulumi.Config("nexus");
  const encrypted = encryptedKeys();
  const problems: Problem[] = [];
  const values: Record<string, unknown> = {};
  const secrets: { name: SecretKey; value: string; encrypted: boolean }[] = [];
  const secretOutputs: Partial<Record<SecretKey, pulumi.Output<string>>> = {};
  let composeSecrets: ComposeSecrets = {};
  for (const [key, raw] of Object.entries(pulumi.runtime.allConfig())) {
    const [namespace = "", ...rest] = key.split(":");
    if (namespace !== PROJECT && isProject(namespace)) {
      const path = [rest.join(":")];
      problems.push({ path, text: `was set as ${key}, which is not a key of Nexus`, fix: `pulumi config rm ${key}` });
    }
    // Pulumi.yaml gives every key an empty default: without one Pulumi would ask for a value.
    if (!key.startsWith(PREFIX) || raw === "") continue;
    const name = key.slice(PREFIX.length);
    if (name === composeSecretsKey) {
      composeSecrets = readComposeSecrets(raw, encrypted.includes(key), problems);
    } else if (isSecretKey(name)) {
      secrets.push({ name, value: raw, encrypted: encrypted.includes(key) });
      secretOutputs[name] = config.requireSecret(name);
    } else {
      // An encrypted value may be a secret under a misspelt key, so messages must not show it.
      values[name] = encrypted.includes(key) ? hidden(name, raw, problems) : readSection(name, raw, problems);
    }
  }
  return {
    sections: withNulls(sections, values) as Inputs["sections"],
    secrets,
    secretOutputs,
    composeSecrets,
    problems,
  };
}
