import * as path from "node:path";
import { createReporter, endingSignals, repositoryRoot } from "@nexus/host";
import { waitForAddons } from "../../local/platform/cluster-addons";
import { platformSupport } from "../../local/platform/prerequisites";
import { type StartedPlatform, startPlatform } from "../../local/platform/start";
import { stopPlatform } from "../../local/platform/stop";
import { toolStatus } from "../../local/toolchain";
import { platformVariables, pulumiVariables } from "../surroundings";
import { runStep } from "../steps";
import { SuiteTimes } from "../suite-times";
import { browserTestEnvironment } from "../test-tools";
import { runChecks } from "./check";
import { fuzz } from "./fuzz";

export interface TestOptions {
  readonly keep: boolean;
  /** Leaves `check` and the API fuzzer out. */
  readonly e2eOnly: boolean;
  /** Runs the kernel's test with killed pods at full length. */
  readonly soak: boolean;
}

/** Reporters: Jest's own, one that records times, and one that reports each test when it ends. */
const REPORTERS = [...SuiteTimes.reporters, "--reporters=<rootDir>/tests/support/run/case-reporter.js"];
/** Number of the slowest test files that are listed. */
const NAMED = 20;

/** A separate instance: the one that the user works with is never touched. */
const TEST_HOME = path.join(repositoryRoot, ".nexus-test");

/** `npm test`: check, the API fuzzer, then the end-to-end tests on a cluster that this command starts and stops. */
export async function test(options: TestOptions): Promise<void> {
  const { supported, reason } = platformSupport();
  if (!supported)
    throw new Error(
      `The end-to-end tests run on the local platform, which ${reason}. Fix: npm run check, which needs no cluster.`,
    );
  const times = new SuiteTimes();
  const stop = () => stopPlatform({ home: TEST_HOME, deleteData: true });
  await stop();
  const interrupted = () => void stop().finally(() => process.exit(130));
  for (const signal of endingSignals) process.once(signal, interrupted);
  try {
    const started = await runWithoutCluster(options, times);
    await runOnCluster(started, options, times);
  } finally {
    if (options.keep)
      process.stdout.write(`The test cluster keeps running. Remove it: NEXUS_HOME=${TEST_HOME} npm run destroy\n`);
    else await stop();
    process.stdout.write(times.take(NAMED));
  }
}

/** Runs the checks that need no cluster, and starts a cluster beside them. */
async function runWithoutCluster({ e2eOnly }: TestOptions, times: SuiteTimes): Promise<StartedPlatform> {
  const start = () => startPlatform({ home: TEST_HOME, reporter: createReporter(), studioPort: "any" });
  const { missing } = await toolStatus();
  // Starting a cluster is mostly waiting. Building its tools uses the whole machine, so that runs after the tests.
  const early = missing.length === 0 ? start() : undefined;
  const checked = e2eOnly ? undefined : runChecks({ long: true }, times);
  await Promise.allSettled([early, checked]);
  await checked;
  const [started, fuzzed] = await Promise.allSettled([early ?? start(), e2eOnly ? undefined : fuzz()]);
  if (started.status === "rejected") throw started.reason;
  if (fuzzed.status === "rejected") throw fuzzed.reason;
  return started.value;
}

async function runOnCluster(
  { binDir, layout, descriptor }: StartedPlatform,
  { soak }: TestOptions,
  times: SuiteTimes,
): Promise<void> {
  const browser = await browserTestEnvironment(createReporter());
  await waitForAddons(layout, binDir);
  const platform = pulumiVariables(binDir, platformVariables(descriptor), { stack: "dev" }, TEST_HOME);
  const studio = { NEXUS_TEST_STUDIO_URL: layout.studioUrl };
  const env = { ...browser, ...platform, ...studio, ...times.env, ...(soak ? { NEXUS_TEST_SOAK: "1" } : {}) };
  // One suite after another: they measure, build images and need the whole node.
  const flags = ["--selectProjects", "e2e", "--runInBand", ...REPORTERS];
  const command = [process.execPath, "node_modules/.bin/jest", ...flags] as const;
  await runStep({ title: "End-to-end tests", command, env });
}
