import { readFileSync } from "node:fs";
import { join } from "node:path";
import { serviceSettings, type Setting } from "@nexus/contract";
import { type z } from "zod";

/** Exit code of sysexits.h for a configuration error: a restart does not help. */
export const EXIT_CONFIG = 78;

/** Messages never show the values of these keys. */
const secretKeys = new Set(
  Object.values(serviceSettings).flatMap((settings) =>
    Object.entries<Setting>(settings).flatMap(([key, setting]) => ("secret" in setting ? [key] : [])),
  ),
);

/** All problems of an environment, reported at once. */
export class EnvError extends Error {
  override readonly name = "EnvError";

  constructor(public readonly problems: readonly string[]) {
    super(`The environment is not valid:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
  }
}

type Source = Readonly<Record<string, string | undefined>>;

/** One file per key, as in a mounted ConfigMap; a key without a file is not set. */
function readConfigFile(directory: string, key: string): string | undefined {
  try {
    return readFileSync(join(directory, key), "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new EnvError([`CONFIG_DIR: cannot read ${join(directory, key)} (${(error as NodeJS.ErrnoException).code})`]);
  }
}

function describeIssue(issue: z.core.$ZodIssue, values: Source): string {
  const key = String(issue.path[0] ?? "");
  if (key === "") return issue.message;
  const value = values[key];
  if (value === undefined) return `${key}: missing; ${issue.message}`;
  return secretKeys.has(key) ? `${key}: ${issue.message}` : `${key}: "${value}" is wrong; ${issue.message}`;
}

/**
 * Reads the keys of `schema`: environment first, then the file of that name in CONFIG_DIR, then the schema's default.
 * An empty value means that the key is not set, because a Kubernetes manifest cannot unset a key. Throws one EnvError.
 */
export function loadEnv<Shape extends z.core.$ZodLooseShape>(
  schema: z.ZodObject<Shape>,
  env: Source = process.env,
): z.output<z.ZodObject<Shape>> {
  const directory = env.CONFIG_DIR;
  const values: Record<string, string | undefined> = {};
  for (const key of Object.keys(schema.shape)) {
    const value = env[key] || (directory ? readConfigFile(directory, key) : undefined);
    if (value) values[key] = value;
  }
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  throw new EnvError(result.error.issues.map((issue) => describeIssue(issue, values)));
}

/** Like `loadEnv`, but prints the list of problems and ends the process. Entry points call it first. */
export function loadEnvOrExit<Shape extends z.core.$ZodLooseShape>(
  schema: z.ZodObject<Shape>,
): z.output<z.ZodObject<Shape>> {
  try {
    return loadEnv(schema);
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CONFIG);
  }
}
