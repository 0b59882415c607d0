import { createReporter } from "../../local/progress";
import { runStep } from "../steps";
import { serviceTestEnvironment } from "../test-tools";

const NODE = process.execPath;
const bin = (name: string) => `node_modules/.bin/${name}`;
const JEST = [NODE, bin("jest")] as const;

/** `npm run check`: everything that needs no cluster, cheapest first. */
export async function check(): Promise<void> {
  const env = await serviceTestEnvironment(createReporter());
  await runStep({ title: "Format", command: [bin("prettier"), "--check", "--log-level=warn", "."] });
  await runStep({
    title: "Lint",
    command: [bin("eslint"), "--cache", "--cache-location", "node_modules/.cache/eslint/", "."],
  });
  await runStep({
    title: "Types",
    command: [bin("tsc"), "--noEmit", "--incremental", "--tsBuildInfoFile", "node_modules/.cache/tsc.json"],
  });
  await runStep({
    title: "Unit, component, stack and service tests",
    command: [...JEST, "--selectProjects", "fast"],
    env,
  });
}
