import { refusedByServer } from "./compose-projects";
import { buildKubectlImage } from "./kubectl-image";
import { StackCopy } from "./stack/copy";
import { monoTests } from "./topologies/mono";
import { pythonTests } from "./topologies/python";
import { runtimeTests } from "./topologies/runtime";
import { MINUTE } from "./topologies/topology";

const stack = new StackCopy(true);

let kubectlImage: string;

beforeAll(async () => {
  [kubectlImage] = await Promise.all([buildKubectlImage(), stack.create()]);
}, 3 * MINUTE);
afterAll(() => stack.remove(), 5 * MINUTE);

pythonTests(stack);
monoTests(stack, () => kubectlImage);

test(
  "E5: the API server accepts every object of every compose project that the tests know",
  async () => {
    expect(await refusedByServer()).toEqual({});
  },
  5 * MINUTE,
);

runtimeTests(stack);
