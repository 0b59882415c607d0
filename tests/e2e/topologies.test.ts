import { refusedByServer } from "./compose-projects";
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

runtimeTests();

test("`pulumi destroy` removes every topology", topologiesRemoved, 5 * MINUTE);
