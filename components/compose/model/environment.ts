import * as path from "node:path";
import { isSecretVariable } from "../secrets";
import { readEnvFile } from "../source/env-file";
import { type FileSource, readNamed } from "../source/files";
import { ComposeError } from "../source/problem";
import { replaceMarks, type ScalarNode, textOf } from "../source/tree";
import { type GivenValues, resolveValue } from "../values";
import type { Reader } from "./reader";
import type { Variable } from "./types";

/** What environments are read from. */
export interface EnvironmentContext {
  readonly directory: string;
  readonly files: FileSource;
  /** Finds a variable of the service, then of the machine. */
  readonly lookup: (name: string) => string | undefined;
  readonly given: GivenValues;
}

/** The variables of a service: env files, `environment` over them, and values from outside over both (E8). */
export function readEnvironment(service: Reader, context: EnvironmentContext): Variable[] {
  const compose = new Map<string, { value: string; secret: boolean }>();
  for (const [name, value] of fileVariables(service.children("env_file"), context))
    compose.set(name, { value, secret: false });
  for (const [name, node] of service.entries("environment")) {
    const { value, marked } = node as ScalarNode;
    // A name without a value passes the variable of the machine on, or nothing.
    const text = value === null ? context.lookup(name) : textOf(node);
    if (text === undefined) compose.delete(name);
    else compose.set(name, { value: text, secret: marked !== undefined });
  }
  for (const [name, value] of commandSecrets(service))
    if (!compose.has(name)) compose.set(name, { value, secret: true });
  const names = new Set([...compose.keys(), ...Object.keys(context.given.manual)]);
  return [...names].flatMap((name): Variable[] => {
    const own = compose.get(name);
    const found = resolveValue(name, context.given, own?.value);
    if (!found) return [];
    const { value, source } = found;
    const tainted = source === "compose" && own?.secret === true;
    return [{ name, value, source, secret: tainted || isSecretVariable(name, value) }];
  });
}

function fileVariables(
  entries: readonly Reader[],
  { directory, files, lookup }: EnvironmentContext,
): [string, string][] {
  const values: Record<string, string> = {};
  for (const entry of entries) {
    const file = entry.text("path") ?? "";
    const isThere = files.kind(file) !== undefined;
    if (!isThere && entry.flag("required") === false) continue;
    const raw = entry.text("format") === "raw";
    const text = readNamed(files, file, entry.place, entry.path.join(".")).toString("utf8");
    const read = readEnvFile(text, path.relative(directory, file), (name) => lookup(name) ?? values[name], raw);
    if (read.problems.length > 0) throw new ComposeError(read.problems);
    Object.assign(values, read.values);
  }
  return Object.entries(values);
}

/** Secret variables in commands: the container needs them in its environment, so that the manifest can refer to them. */
function commandSecrets(service: Reader): [string, string][] {
  const texts = [
    service.command("entrypoint"),
    service.command("command"),
    service.child("healthcheck").command("test"),
  ];
  const found: [string, string][] = [];
  for (const text of texts.flat()) replaceMarks(text ?? "", (name, value) => (found.push([name, value]), ""));
  return found;
}
