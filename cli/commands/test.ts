import * as path from "node:path";
import { createReporter, endingSignals, repositoryRoot } from "@nexus/host";
import { waitForAddons } from "../../local/platform/cluster-addons";
import { platformSupport } from "../../local/platform/prerequisites";
import { keepBuilds, takeBuilds } from "../../local/platform/kept-builds";
import { startPlatform } from "../../local/platform/start";
import { stopPlatform } from "../../local/platform/stop";
import { platformVariables, pulumiVariables } from "../surroundings";
import { runQuietly, runStep, type TestStep } from "../steps";
import { SuiteTimes } from "../suite-times";
import { browserTestEnvironment, objectStorageEnvironment } from "../test-tools";
import { checkSteps, lengthOfTests, SEQUENCER } from "./check";
import { fuzzStep } from "./fuzz";

export interface TestOptions {
  readonly keep: boolean;
  /** Leaves `check` and the API fuzzer out. */
  readonly e2eOnly: boolean;
  /** Runs the tests with killed pods and killed updates at full length, and the loss of a whole namespace. */
  readonly soak: boolean;
}

/** Reporters: Jest's own, one that records times, and one that reports each test when it ends. */
const REPORTERS = [...SuiteTimes.reporters, "--reporters=<rootDir>/tests/support/run/case-reporter.js"];
/** The suite that measures times, such as that of a takeover: it has the cluster for itself. */
const MEASURING = "tests/e2e/takeovers\\.test";
const OTHERS = "tests/e2e/(?!takeovers)";
/** The others run at the same time, each in namespaces of its own: two wait for pods while one needs the processors. */
const LANES = 3;
/** Number of the slowest test files that are listed. */
const NAMED = 20;

/** A separate instance: the one that the user works with is never touched. */
const TEST_HOME = path.join(repositoryRoot, ".nexus-test");

/** `npm test`: the end-to-end tests on a cluster that this command starts and stops, with check and the API fuzzer. */
export async function test(options: TestOptions): Promise<void> {
  const { supported, reason } = platformSupport();
  if (!supported)
    throw new Error(
      `The end-to-end tests run on the local platform, which ${reason}. Fix: npm run check, which needs no cluster.`,
    );
  const times = new SuiteTimes();
  const stop = async () => {
    await stopPlatform({ home: TEST_HOME });
    keepBuilds(TEST_HOME);
    await stopPlatform({ home: TEST_HOME, deleteData: true });
  };
  await stop();
  const interrupted = () => void stop().finally(() => process.exit(130));
  for (const signal of endingSignals) process.once(signal, interrupted);
  try {
    const checks = options.e2eOnly ? [] : await runWithoutCluster(options, times);
    const titles = checks.map(({ title }) => title).join(", ");
    if (titles) process.stdout.write(`\n=== Beside the cluster: ${titles}\n`);
    // The tests on the cluster wait for half of their time.
    const beside = runQuietly(checks.map((step) => ({ ...step, yields: true })));
    for (const outcome of await Promise.allSettled([runOnCluster(options, times, beside), beside]))
      if (outcome.status === "rejected") throw outcome.reason;
  } finally {
    if (options.keep)
      process.stdout.write(`The test cluster keeps running. Remove it: NEXUS_HOME=${TEST_HOME} npm run destroy\n`);
    else await stop();
    process.stdout.write(times.take(NAMED));
  }
}

/**
 * Runs the tests of services, and those that measure times with nothing beside them.
 * @returns the static checks and the tests that measure nothing, which remain to be run
 */
async function runWithoutCluster({ soak }: TestOptions, times: SuiteTimes): Promise<readonly TestStep[]> {
  const { others, tests, servers } = await checkSteps({ long: true, soak }, times);
  try {
    await runStep(tests("services"));
    await runStep(tests("measured"));
    await runStep(await fuzzStep(servers.env));
  } finally {
    servers.remove();
  }
  return [...others, tests("untimed")];
}

/** @param beside what runs at the same time; nothing is measured before it has ended */
async function runOnCluster({ soak }: TestOptions, times: SuiteTimes, beside: Promise<void>): Promise<void> {
  const start = { home: TEST_HOME, reporter: createReporter(), studioPort: "any" } as const;
  takeBuilds(TEST_HOME);
  const { binDir, layout, descriptor } = await startPlatform(start);
  const browser = await browserTestEnvironment(createReporter());
  await waitForAddons(layout, binDir);
  const platform = pulumiVariables(binDir, platformVariables(descriptor), { stack: "dev" }, TEST_HOME);
  const studio = { NEXUS_TEST_STUDIO_URL: layout.studioUrl };
  const storage = soak ? await objectStorageEnvironment(createReporter()) : {};
  const env = { ...browser, ...platform, ...studio, ...times.env, ...lengthOfTests(soak), ...storage };
  const run = (title: string, files: string, ...flags: string[]) => {
    const command = ["node_modules/.bin/jest", files, "--selectProjects", "e2e", ...flags, ...REPORTERS];
    return runStep({ title, command: [process.execPath, ...command], env });
  };
  await run("End-to-end tests", OTHERS, `--maxWorkers=${LANES}`, SEQUENCER);
  await Promise.allSettled([beside]);
  await run("End-to-end tests that measure", MEASURING, "--runInBand");
}
