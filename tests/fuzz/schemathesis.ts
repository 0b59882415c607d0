import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export interface FuzzRun {
  /** Address of the service, which describes itself at /openapi.json. */
  readonly url: string;
  readonly token: string;
  /** The same seed gives the same requests. */
  readonly seed: number;
  /** Maximum number of generated requests for one operation in one phase. */
  readonly examples: number;
  readonly phases: readonly ("coverage" | "fuzzing" | "stateful")[];
  /** Fixed values of path parameters; without them, any value. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** Limits the run on a busy machine; it is much longer than a run takes. */
const TIMEOUT_MS = 240_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * Statuses that a valid request may get: 412 for a version that is not the present one, 422 for a key that the fuzzer used
 * twice, or for a password that is too common.
 */
const EXPECTED = ['"2xx"', 401, 403, 404, 409, 412, 422, 429];
/** Statuses that a request against the description may get: 413 comes before the look at what is in it. */
const REFUSED = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429];

/** The settings that the command line has no options for. */
function settings(parameters: Readonly<Record<string, string>>): string {
  const lines = Object.entries(parameters).map(([name, value]) => `"path.${name}" = ${JSON.stringify(value)}`);
  const statuses = (check: string, list: readonly unknown[]) =>
    `[checks.${check}]\nexpected-statuses = [${list.join(", ")}]\n`;
  return [
    `[parameters]\n${lines.join("\n")}\n`,
    statuses("positive_data_acceptance", EXPECTED),
    statuses("negative_data_rejection", REFUSED),
  ].join("\n");
}

/** Runs the fuzzer with all its checks; returns its report, and whether it found nothing. */
export async function runFuzzer(run: FuzzRun): Promise<{ readonly found: boolean; readonly report: string }> {
  const python = process.env.NEXUS_TEST_FUZZER_PYTHON;
  if (!python) throw new Error("NEXUS_TEST_FUZZER_PYTHON is not set. Fix: run `npm run fuzz`, which sets it.");
  const directory = await mkdtemp(join(tmpdir(), "nexus-fuzz-"));
  const config = join(directory, "schemathesis.toml");
  await writeFile(config, settings(run.parameters ?? {}));
  const args = [
    "-m",
    "schemathesis.cli",
    "--config-file",
    config,
    "run",
    `${run.url}/openapi.json`,
    "--header",
    `Authorization: Bearer ${run.token}`,
    "--seed",
    String(run.seed),
    "--max-examples",
    String(run.examples),
    "--phases",
    run.phases.join(","),
    "--checks",
    "all",
    "--no-shrink",
    "--continue-on-failure",
    "--request-timeout",
    "20",
    "--suppress-health-check",
    "all",
    "--warnings",
    "off",
  ];
  const environment = JSON.parse(process.env.NEXUS_TEST_FUZZER_ENV ?? "{}") as Record<string, string>;
  const env = { ...process.env, ...environment, NO_COLOR: "1" };
  try {
    const options = { cwd: directory, env, timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
    const { stdout } = await promisify(execFile)(python, args, options);
    return { found: false, report: stdout };
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    if (stdout === undefined) throw error;
    return { found: true, report: `${stdout}${stderr ?? ""}` };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
