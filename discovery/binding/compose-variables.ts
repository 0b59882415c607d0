import { parse } from "yaml";
import { z } from "zod";
import { DiscoveryError } from "../discovery-error";
import { messageOf } from "../message-of";
import type { WantedVariable } from "./variable-meaning";

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const composeSchema = z.object({
  services: z.record(
    z.string(),
    z.object({ environment: z.union([z.array(z.string()), z.record(z.string(), scalar)]).optional() }).nullable(),
  ),
});

const REFERENCE = /\$\{([A-Za-z_]\w*)(?::?-((?:[^{}]|\{[^{}]*\})*))?\}/g;

/** A value with `${NAME:-default}` and `${NAME-default}` put in as written; a name without a default is left empty. */
function withDefaults(text: string): string {
  return text.replace(REFERENCE, (_all, _name: string, value: string | undefined) => withDefaults(value ?? ""));
}

/** `NAME=value`, or `NAME` alone, which compose takes from the shell. */
function fromListEntry(entry: string): WantedVariable {
  const at = entry.indexOf("=");
  return at < 0 ? { name: entry } : { name: entry.slice(0, at), default: withDefaults(entry.slice(at + 1)) };
}

/** The variables that a value refers to, which a person may set instead. */
function references(text: string): WantedVariable[] {
  return [...text.matchAll(REFERENCE)].map(([, name = "", value]) => ({
    name,
    ...(value === undefined ? {} : { default: withDefaults(value) }),
  }));
}

/**
 * The variables of a compose file's services with their defaults, once each; the first default of a name counts.
 * @throws DiscoveryError when the text is no compose file
 */
export function composeVariables(text: string, file: string): WantedVariable[] {
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    throw new DiscoveryError("arguments", `${file} is no YAML: ${messageOf(error)}`);
  }
  const checked = composeSchema.safeParse(content);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    const where = issue?.path.join(".") ?? "";
    throw new DiscoveryError("arguments", `${file} is no compose file: ${where || "(top)"}: ${issue?.message ?? ""}`);
  }
  const found = new Map<string, WantedVariable>();
  for (const service of Object.values(checked.data.services)) {
    const environment = service?.environment ?? {};
    const entries = Array.isArray(environment)
      ? environment
      : Object.entries(environment).map(([name, value]) => (value === null ? name : `${name}=${String(value)}`));
    for (const variable of entries.flatMap((entry) => [fromListEntry(entry), ...references(entry)]))
      if (found.get(variable.name)?.default === undefined) found.set(variable.name, variable);
  }
  return [...found.values()];
}
