import { presetNames } from "../../config/presets";
import { edgeObjects, ends } from "../support/edge-values";
import { refusedByServer } from "./compose-projects";
import { dryRun } from "./dry-run";
import { wrongFixes } from "./printed-fixes";
import { buildKubectlImage } from "./kubectl-image";
import { monoTests } from "./topologies/mono-tests";
import { pythonTests } from "./topologies/python-tests";
import { runtimeTests } from "./topologies/runtime-tests";
import { MINUTE, topologiesRemoved } from "./topologies/topology";

let kubectlImage: string;

beforeAll(async () => {
  kubectlImage = await buildKubectlImage();
}, 3 * MINUTE);

pythonTests();
monoTests(() => kubectlImage);

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

test("`pulumi destroy` removes every topology", topologiesRemoved, 5 * MINUTE);
