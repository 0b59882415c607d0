import { runProgram } from "@nexus/host";
import { presetNames } from "../../config/presets";
import { edgeObjects, ends } from "../support/edge-values";
import { refusedByServer } from "./compose-projects";
import { dryRun } from "./dry-run";
import { wrongFixes } from "./printed-fixes";
import { buildProgramImage } from "./program-image";
import { mono, monoSettings, monoTests } from "./topologies/mono-tests";
import { python, pythonSettings, pythonTests } from "./topologies/python-tests";
import { runtime, runtimeSettings, runtimeTests } from "./topologies/runtime-tests";
import { MINUTE } from "./topologies/topology";

const topologies = [python, mono, runtime];

// They are deployed while the tests without them run.
beforeAll(async () => {
  const kubectl = (await runProgram("which", ["kubectl"])).trim();
  mono.start(monoSettings(await buildProgramImage(kubectl)));
  python.start(pythonSettings);
  runtime.start(runtimeSettings);
}, 3 * MINUTE);

test(
  "E5: the API server accepts every object of every compose project that the tests know",
  async () => {
    expect(await refusedByServer()).toEqual({});
  },
  5 * MINUTE,
);

test.each(presetNames)(
  "X17: the API server accepts every object of %s with every key at either end of its range",
  async (topology) => {
    for (const end of ends) expect([end, await dryRun(await edgeObjects(topology, end))]).toEqual([end, undefined]);
  },
  3 * MINUTE,
);

test(
  "the commands of messages, run by Pulumi, solve the problems",
  async () => {
    expect(await wrongFixes()).toEqual([]);
  },
  5 * MINUTE,
);

runtimeTests();
pythonTests();
monoTests();

test(
  "`pulumi destroy` removes every topology",
  async () => {
    await Promise.all(topologies.map((topology) => topology.removed()));
  },
  5 * MINUTE,
);
