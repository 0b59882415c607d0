import * as path from "node:path";
import { createReporter } from "../../local/progress";
import { repositoryRoot } from "../../local/platform/layout";
import { startPlatform } from "../../local/platform/start";
import { stopPlatform } from "../../local/platform/stop";
import { pulumiVariables } from "../pulumi";
import { endingSignals } from "../ending-signals";
import { runStep } from "../steps";
import { browserTestEnvironment } from "../test-tools";
import { check } from "./check";
import { fuzz } from "./fuzz";

export interface TestOptions {
  readonly keep: boolean;
  /** Leaves `check` and the API fuzzer out. */
  readonly e2eOnly: boolean;
  /** Takes the kernel's test with killed pods at its full measure. */
  readonly soak: boolean;
}

/** Jest's own, and one that tells of each test when it ends. */
const REPORTERS = ["--reporters=default", "--reporters=<rootDir>/tests/support/run/case-reporter.js"] as const;

/** An instance of its own: the one a person works with is never touched. */
const TEST_HOME = path.join(repositoryRoot, ".nexus-test");

/** `npm test`: check, the API fuzzer, then the end-to-end tests on a cluster that this command starts and stops. */
export async function test(options: TestOptions): Promise<void> {
  if (!options.e2eOnly) await check({ long: true });
  const reporter = createReporter();
  const browser = await browserTestEnvironment(reporter);
  const stop = () => stopPlatform({ home: TEST_HOME, deleteData: true });
  await stop();
  const interrupted = () => void stop().finally(() => process.exit(130));
  for (const signal of endingSignals) process.once(signal, interrupted);
  try {
    const starting = startPlatform({ home: TEST_HOME, reporter, studioPort: "any" });
    // The fuzzer needs no cluster, and a cluster that starts mostly waits.
    const [started, fuzzed] = await Promise.allSettled([starting, options.e2eOnly ? undefined : fuzz()]);
    if (started.status === "rejected") throw started.reason;
    if (fuzzed.status === "rejected") throw fuzzed.reason;
    const { binDir, layout } = started.value;
    const soak: Record<string, string> = options.soak ? { NEXUS_TEST_SOAK: "1" } : {};
    const platform = { ...pulumiVariables(binDir, TEST_HOME), NEXUS_TEST_STUDIO_URL: layout.studioUrl };
    const env = { ...browser, ...platform, ...soak };
    // One suite after another: they measure, build images and take the whole node.
    const flags = ["--selectProjects", "e2e", "--runInBand", ...REPORTERS];
    await runStep({
      title: "End-to-end tests",
      command: [process.execPath, "node_modules/.bin/jest", ...flags],
      env,
    });
  } finally {
    if (options.keep)
      process.stdout.write(`The test cluster keeps running. Remove it: NEXUS_HOME=${TEST_HOME} npm run destroy\n`);
    else await stop();
  }
}
