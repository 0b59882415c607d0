import type { Step } from "../../support/ci/workflow";
import { jobOf, linesOf } from "../../support/ci/workflow";
import type { Runner } from "./runner";

/** The values of a run's expressions, such as `vars.NEXUS_HOST`. */
export type Contexts = Readonly<Record<string, string>>;

/** Replacements for actions, which run only on GitHub. */
const ACTIONS: Readonly<Record<string, (runner: Runner, inputs: Step["with"], origin: string) => Promise<unknown>>> = {
  "actions/checkout": (runner, _inputs, origin) => runner.checkOut(origin),
  // Node.js is already installed; for `cache: npm`, npm's cache of this machine is used.
  "actions/setup-node": async (runner, { cache }) => cache === "npm" && runner.useNpmCache(),
  // The action's result in a first run, without an earlier comment.
  "actions/cache": async () => undefined,
  "pulumi/actions": (runner, inputs) => runner.installPulumi(inputs["pulumi-version"] ?? ""),
};

/** Conditions that are true in these runs: a pull request from this repository, a push to main, successful steps. */
const TRUE = [
  "github.event.pull_request.head.repo.full_name == github.repository && github.event.pull_request.user.login != 'dependabot[bot]'",
  "github.ref == 'refs/heads/main'",
  "!cancelled() && steps.preview.outcome != 'skipped'",
];

function checkCondition(condition: string | undefined): void {
  if (condition !== undefined && !TRUE.includes(condition.replace(/^\$\{\{ | \}\}$/g, "")))
    throw new Error(`These tests do not know whether ${condition} holds. Fix: say so in ${__filename}.`);
}

function filledIn(values: Step["env"], contexts: Contexts): Record<string, string> {
  const valueOf = (expression: string) => {
    const value = contexts[expression];
    if (value === undefined) throw new Error(`These tests give no value for ${expression}. Fix: give one.`);
    return value;
  };
  const fill = (text: string) =>
    text.replace(/\$\{\{ (.+?) \}\}/g, (_whole, expression: string) => valueOf(expression));
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fill(value)]));
}

/**
 * Executes every step of a workflow's job, in order.
 * @returns the output of each step that has a name
 * @throws Error at the first step that fails, or that has no replacement in these tests
 */
export async function runJob(
  workflow: string,
  runner: Runner,
  origin: string,
  contexts: Contexts,
): Promise<Readonly<Record<string, string>>> {
  const job = jobOf(workflow);
  checkCondition(job.if);
  const printed: Record<string, string> = {};
  for (const step of job.steps) {
    checkCondition(step.if);
    const [action = ""] = step.uses?.split("@") ?? [];
    const standIn = ACTIONS[action];
    if (step.uses && !standIn)
      throw new Error(`These tests have no stand-in for ${action}. Fix: add one to ${__filename}.`);
    await standIn?.(runner, step.with, origin);
    if (step.run === undefined) continue;
    const title = linesOf(step.run).join("; ");
    printed[step.name ?? step.run] = await runner.run(title, step.run, filledIn(step.env, contexts));
  }
  return printed;
}
