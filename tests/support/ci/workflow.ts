import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const FOLDER = path.resolve(__dirname, "../../../.github/workflows");

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const values = z.record(z.string(), scalar).default({});

const step = z.strictObject({
  id: z.string().optional(),
  name: z.string().optional(),
  if: z.string().optional(),
  uses: z.string().optional(),
  with: values,
  env: values,
  run: z.string().optional(),
});
export type Step = z.output<typeof step>;

/** What this project's workflows use of GitHub's syntax; `actionlint` knows all of it. */
const workflow = z.strictObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions: z.strictObject({}),
  concurrency: z.strictObject({ group: z.string(), "cancel-in-progress": z.union([z.boolean(), z.string()]) }),
  defaults: z.strictObject({ run: z.strictObject({ shell: z.literal("bash") }) }),
  jobs: z.record(
    z.string(),
    z.strictObject({
      if: z.string().optional(),
      "runs-on": z.string(),
      container: z.string().optional(),
      environment: z.string().optional(),
      "timeout-minutes": z.int(),
      permissions: z.record(z.string(), z.enum(["read", "write"])),
      steps: z.array(step),
    }),
  ),
});
export type Workflow = z.output<typeof workflow>;

/** Absolute paths of the workflows. */
export function workflowFiles(): string[] {
  return fs.readdirSync(FOLDER).map((name) => path.join(FOLDER, name));
}

export function readWorkflow(name: string): Workflow {
  return workflow.parse(parse(fs.readFileSync(path.join(FOLDER, `${name}.yml`), "utf8")));
}

/** The only job of a workflow. */
export function jobOf(name: string): Workflow["jobs"][string] {
  const [job, ...others] = Object.values(readWorkflow(name).jobs);
  if (!job || others.length > 0) throw new Error(`${name}.yml has ${others.length + 1} jobs; one is expected.`);
  return job;
}

/** The lines of a script, without their indentation. */
export function linesOf(script: string): string[] {
  return script
    .trim()
    .split("\n")
    .map((line) => line.trim());
}

/** The commands of a job, one line each. */
export function commandsOf(steps: readonly Step[]): string[] {
  return steps.flatMap(({ run }) => (run === undefined ? [] : linesOf(run)));
}
