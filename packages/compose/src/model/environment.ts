import * as path from "node:path";
import { ownValue } from "@nexus/host";
import { readEnvFile } from "../source/env-file";
import { type FileSource, readNamed } from "../source/files";
import { ComposeError, keyOf } from "../source/problem";
import type { SecretTest } from "../source/interpolate";
import { type ScalarNode, textOf } from "../source/tree";
import { resolveValue, type ValueLayers } from "../value-order";
import type { Reader } from "./reader";
import type { Variable } from "./types";

/** The sources of environments. */
export interface EnvironmentContext {
  readonly directory: string;
  readonly files: FileSource;
  /** Finds a variable of the service, then of the machine. */
  readonly lookup: (name: string) => string | undefined;
  /**
   * Values from outside of the compose files; those entered by hand become variables of the service even if it has none
   * of that name.
   */
  readonly given: Omit<ValueLayers, "default">;
  /** Variables that the user entered for all services; they replace the value in every service that has such a variable. */
  readonly everywhere: Readonly<Record<string, string>>;
  readonly isSecret: SecretTest;
}

/** The variables of a service: env files, `environment` over them, and values from outside over both (E8). */
export function readEnvironment(service: Reader, context: EnvironmentContext): Variable[] {
  const compose = new Map<string, { value: string; secret: boolean }>();
  for (const [name, variable] of fileVariables(service.children("env_file"), context)) compose.set(name, variable);
  for (const [name, node] of service.entries("environment")) {
    const { value, marked } = node as ScalarNode;
    // A name without a value passes on the machine's variable, or nothing if that is not set.
    const text = value === null ? context.lookup(name) : textOf(node);
    if (text === undefined) compose.delete(name);
    else compose.set(name, { value: text, secret: marked !== undefined });
  }
  const { given, everywhere, isSecret } = context;
  const layers: ValueLayers = {
    ...given,
    manual: { ...everywhere, ...given.manual },
    default: Object.fromEntries([...compose].map(([name, { value }]) => [name, value])),
  };
  const names = new Set([...compose.keys(), ...Object.keys(given.manual ?? {})]);
  return [...names].flatMap((name): Variable[] => {
    const found = resolveValue(name, layers);
    if (!found) return [];
    const { value, source } = found;
    const tainted = source === "default" && compose.get(name)?.secret === true;
    return [{ name, value, source, secret: isSecret(name, value) || tainted }];
  });
}

function fileVariables(
  entries: readonly Reader[],
  { directory, files, lookup, isSecret }: EnvironmentContext,
): [string, { value: string; secret: boolean }][] {
  let values: Readonly<Record<string, string>> = {};
  const secret = new Set<string>();
  for (const entry of entries) {
    const file = entry.text("path") ?? "";
    const isThere = files.kind(file) !== undefined;
    if (!isThere && entry.flag("required") === false) continue;
    const raw = entry.text("format") === "raw";
    const text = readNamed(files, file, entry.place, keyOf(entry.path)).toString("utf8");
    const read = readEnvFile(
      text,
      path.relative(directory, file),
      (name) => lookup(name) ?? ownValue(values, name),
      (name, value) => secret.has(name) || isSecret(name, value),
      raw,
    );
    if (read.problems.length > 0) throw new ComposeError(read.problems);
    values = { ...values, ...read.values };
    for (const name of Object.keys(read.values))
      if (read.secret.has(name)) secret.add(name);
      else secret.delete(name);
  }
  return Object.entries(values).map(([name, value]) => [name, { value, secret: secret.has(name) }]);
}
