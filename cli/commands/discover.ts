import * as fs from "node:fs";
import { parseEnv } from "node:util";
import { composeVariables, resolveValues } from "@nexus/compose";
import {
  bindVariables,
  discover,
  discoveredValues,
  DiscoveryError,
  type Kind,
  KINDS,
  meaningOf,
  type WantedVariable,
} from "@nexus/discovery";
import { createReporter, messageOf } from "@nexus/host";
import { findingRows, reportedVariables, variableRows } from "../discover-report";
import { table } from "../table";

export interface DiscoverCommandOptions {
  readonly context: string;
  readonly namespace?: readonly string[];
  readonly kubeconfig?: string;
  readonly compose?: string;
  readonly variable?: readonly string[];
  readonly set?: readonly string[];
  readonly settings?: string;
  readonly use?: readonly string[];
  readonly reach: string;
  readonly allowUnconfirmed: boolean;
  readonly timeout: string;
  readonly json: boolean;
}

function readText(file: string, option: string): string {
  try {
    if (fs.existsSync(file) && !fs.statSync(file).isFile()) throw new Error("it is not a file");
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    throw new DiscoveryError("arguments", `${option} ${file} cannot be read: ${messageOf(error)}`);
  }
}

/** NAME=value arguments. */
function assignments(option: string, entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const at = entry.indexOf("=");
      if (at < 1)
        throw new DiscoveryError("arguments", `${option} ${entry} has no name and value. Fix: ${option} NAME=value`);
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}

function chosenServices(entries: readonly string[]): Partial<Record<Kind, string>> {
  const use = assignments("--use", entries);
  const unknown = Object.keys(use).find((kind) => !KINDS.some((one) => one === kind));
  if (unknown)
    throw new DiscoveryError("arguments", `--use ${unknown}=... names no kind. Fix: one of ${KINDS.join(", ")}`);
  return use;
}

/** All arguments, checked before the cluster is asked. */
function checked(options: DiscoverCommandOptions) {
  const { reach, timeout, compose, settings } = options;
  if (reach !== "typed" && reach !== "cluster")
    throw new DiscoveryError("arguments", `--reach ${reach} is not known. Fix: --reach typed or --reach cluster`);
  if (!/^\d+$/.test(timeout))
    throw new DiscoveryError("arguments", `--timeout ${timeout} is not a whole number of seconds. Fix: --timeout 60`);
  const named: WantedVariable[] = (options.variable ?? []).map((name) => ({ name }));
  const composed = compose ? composeVariables(readText(compose, "--compose"), compose) : [];
  const known = new Set(composed.map(({ name }) => name));
  return {
    wanted: [...composed, ...named.filter(({ name }) => !known.has(name))],
    manual: assignments("--set", options.set ?? []),
    settings: settings ? parseEnv(readText(settings, "--settings")) : {},
    use: chosenServices(options.use ?? []),
    reach,
    timeoutSeconds: Number(timeout),
  } as const;
}

/** The scan, with progress if it takes long. The caller prints its error once. */
async function scanWithProgress(options: DiscoverCommandOptions, timeoutSeconds: number) {
  const reporter = createReporter();
  const { context, kubeconfig, namespace: namespaces, allowUnconfirmed } = options;
  reporter.start("scan", `Looking for infrastructure in ${context}`);
  try {
    const onProgress = (text: string) => reporter.progress("scan", text);
    const found = await discover({ context, kubeconfig, namespaces, allowUnconfirmed, timeoutSeconds, onProgress });
    reporter.done("scan");
    return found;
  } catch (error) {
    reporter.fail("scan", new Error("see below"));
    throw error;
  }
}

/**
 * `npm run discover -- --context <name>`: databases in a cluster, and the variables that get their addresses (E12, E8).
 */
export async function discoverCommand(options: DiscoverCommandOptions): Promise<void> {
  const { wanted, manual, settings, use, reach, timeoutSeconds } = checked(options);
  const { cluster, findings, notes } = await scanWithProgress(options, timeoutSeconds);
  const { allowUnconfirmed } = options;
  const bound = bindVariables(wanted, findings, { allowUnconfirmed, reach, use });
  const names = wanted.filter((variable) => meaningOf(variable, wanted)).map(({ name }) => name);
  const defaults = Object.fromEntries(wanted.map(({ name, default: value }) => [name, value]));
  const discovery = discoveredValues(bound.bindings);
  const resolved = resolveValues(names, { manual, settings, discovery, default: defaults });
  const variables = reportedVariables(resolved, bound.bindings);
  const allNotes = [...notes, ...bound.notes];
  if (options.json) {
    const document = { cluster, variables, discovered: discovery, notes: allNotes };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  process.stdout.write(`${table(findingRows(findings))}\n`);
  if (Object.keys(variables).length > 0) process.stdout.write(`\n${table(variableRows(variables))}\n`);
  else if (wanted.length > 0) process.stdout.write("\nNo variable got a value.\n");
  for (const note of allNotes) process.stderr.write(`  note: ${note}\n`);
}
