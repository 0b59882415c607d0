import * as fs from "node:fs";
import * as path from "node:path";
import { createReporter, type Reporter, repositoryRoot } from "@nexus/host";
import { ensureActionlint, lintCommand } from "../../local/toolchain/actionlint";
import { runBeside, runStep, type TestStep } from "../steps";
import { SuiteTimes } from "../suite-times";
import {
  apiServerEnvironment,
  browserTestEnvironment,
  objectStorageEnvironment,
  operatorSchemas,
  serviceTestServers,
  type TestServers,
  webPlatformTests,
} from "../test-tools";

const bin = (name: string) => `node_modules/.bin/${name}`;
const CACHE = "node_modules/.cache";

// By content, not by time: a fresh checkout of the same files is not checked again.
const FORMAT_CACHE = ["--cache", "--cache-strategy=content", "--cache-location", `${CACHE}/prettier/check`] as const;
/** Folders that `.dependency-cruiser.cjs` has rules for. */
export const STRUCTURE = ["index.ts", "config", "components", "packages", "images", "local", "cli", "tests"] as const;
const STATIC: readonly TestStep[] = [
  { title: "Format", command: [bin("prettier"), "--check", "--log-level=warn", ...FORMAT_CACHE, "."] },
  { title: "Lint", command: [bin("eslint"), "--cache", "--cache-location", `${CACHE}/eslint/`, "."] },
  { title: "Types", command: [bin("tsc"), "--build"] },
  { title: "Structure", command: [bin("depcruise"), ...STRUCTURE] },
];

const WORKFLOWS = ".github/workflows";

async function workflowStep(reporter: Reporter): Promise<TestStep> {
  const names = fs.readdirSync(path.join(repositoryRoot, WORKFLOWS));
  const files = names.map((name) => path.join(WORKFLOWS, name));
  return { title: "Workflows", command: lintCommand(await ensureActionlint(reporter), files) };
}

export interface CheckOptions {
  /**
   * Also runs the slow tests: hostile programs, models with thousands of schedules, pods and
   * sockets, rollouts, browsers, Kubernetes' API server.
   */
  readonly long: boolean;
  /** Tests that repeat something until it is killed at every point do so at full length. @default false */
  readonly soak?: boolean;
}

/** Variables of the tests that are short unless somebody wants their full length. */
export const lengthOfTests = (soak: boolean): Readonly<Record<string, string>> =>
  soak ? { NEXUS_TEST_SOAK: "1" } : {};

/**
 * The tests by what they need. Measured ones give up after a time, so nothing else may take the processors. Those of
 * services start servers. Untimed ones hold at any speed and start no server.
 */
export const PARTS = {
  services: {
    title: "Service and engine tests",
    files: "(images/|packages/(?!compose/)|tests/unit/engine/)(?!.*\\.timed\\.)",
    flags: [],
  },
  measured: { title: "Tests that measure times", files: "\\.timed\\.test\\.ts$", flags: ["--maxWorkers=1"] },
  untimed: {
    title: "Unit, component and stack tests",
    files: "(tests/(?!unit/engine/)|packages/compose/)",
    flags: [],
  },
} as const;
const ALL = { title: "Unit, component, stack and service tests", files: "", flags: [] } as const;

/** Test files leave much behind. With more room for new objects, V8 looks through them less often. */
const ROOM_FOR_NEW_OBJECTS = "--max-semi-space-size=64";

/** Order of the test files. */
export const SEQUENCER = "--testSequencer=<rootDir>/tests/support/run/longest-first.js";
/** Number of the slowest test files that `npm run check` lists. */
const NAMED = 10;

/** `npm run check`: all checks that need no cluster. */
export async function check(options: CheckOptions): Promise<void> {
  const times = new SuiteTimes();
  try {
    await runChecks(options, times);
  } finally {
    process.stdout.write(times.take(NAMED));
  }
}

/** The checks that need no cluster. Most tests wait for servers, so the other checks run beside them. */
async function runChecks(options: CheckOptions, times: SuiteTimes): Promise<void> {
  const { others, tests, servers } = await checkSteps(options, times);
  try {
    await runBeside(others, tests());
    if (options.long) await runStep(tests("measured"));
  } finally {
    servers.remove();
  }
}

export interface CheckSteps {
  /** Format, lint, types, structure and workflows. */
  readonly others: readonly TestStep[];
  /** All tests, or one part of them. */
  readonly tests: (part?: keyof typeof PARTS) => TestStep;
  /** Servers of the tests; to be removed after them. */
  readonly servers: TestServers;
}

/** Programs that only the slow tests start. */
const slowTestEnvironment = async (reporter: Reporter) => ({
  ...(await browserTestEnvironment(reporter)),
  ...(await objectStorageEnvironment(reporter)),
  ...(await apiServerEnvironment(reporter)),
  ...(await operatorSchemas(reporter)),
});

/** Prepares the checks and the servers that they need. */
export async function checkSteps({ long, soak = false }: CheckOptions, times: SuiteTimes): Promise<CheckSteps> {
  const reporter = createReporter();
  const slow = long ? await slowTestEnvironment(reporter) : {};
  const workflows = await workflowStep(reporter);
  const standards = await webPlatformTests(reporter);
  const servers = await serviceTestServers(reporter);
  const tests: CheckSteps["tests"] = (part) => {
    const { title, files, flags: own } = part ? PARTS[part] : ALL;
    const projects = part === "measured" ? ["timed"] : ["fast", ...(long ? ["long"] : [])];
    // A test that leaves a handle open must not keep the run from ending.
    const flags = ["--selectProjects", ...projects, ...own, ...SuiteTimes.reporters, SEQUENCER, "--forceExit"];
    const started = part === "untimed" ? {} : { ...servers.env, ...slow, ...standards, ...lengthOfTests(soak) };
    const command: TestStep["command"] = [process.execPath, ROOM_FOR_NEW_OBJECTS, bin("jest"), files, ...flags];
    return { title, command, env: { ...started, ...times.env } };
  };
  return { others: [workflows, ...STATIC], tests, servers };
}
