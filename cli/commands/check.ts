import { createReporter } from "../../local/progress";
import { runStep } from "../steps";
import { serviceTestServers } from "../test-tools";

const NODE = process.execPath;
const bin = (name: string) => `node_modules/.bin/${name}`;
// By content, not by time: a fresh checkout of the same files needs no second look.
const FORMAT = [bin("prettier"), "--check", "--log-level=warn", "--cache", "--cache-strategy=content"] as const;
const JEST = [NODE, bin("jest")] as const;

/** `npm run check`: everything that needs no cluster, cheapest first. */
export async function check(): Promise<void> {
  await runStep({
    title: "Format",
    command: [...FORMAT, "--cache-location", "node_modules/.cache/prettier/check", "."],
  });
  await runStep({
    title: "Lint",
    command: [bin("eslint"), "--cache", "--cache-location", "node_modules/.cache/eslint/", "."],
  });
  await runStep({
    title: "Types",
    command: [bin("tsc"), "--noEmit", "--incremental", "--tsBuildInfoFile", "node_modules/.cache/tsc.json"],
  });
  const servers = await serviceTestServers(createReporter());
  try {
    // A test that leaves something open must not keep the run from ending.
    const command = [...JEST, "--selectProjects", "fast", "--forceExit"] as const;
    await runStep({ title: "Unit, component, stack and service tests", command, env: servers.env });
  } finally {
    servers.remove();
  }
}
