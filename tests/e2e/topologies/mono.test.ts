import { refusedByServer } from "../compose-projects";
import { buildKubectlImage } from "../kubectl-image";
import { StackCopy } from "../stack/copy";
import { monoTests } from "./mono";
import { MINUTE } from "./topology";

const stack = new StackCopy(true);

let kubectlImage: string;

beforeAll(async () => {
  [kubectlImage] = await Promise.all([buildKubectlImage(), stack.create()]);
}, 3 * MINUTE);
afterAll(() => stack.remove(), 5 * MINUTE);

monoTests(stack, () => kubectlImage);

test(
  "E5: the API server accepts every object of every compose project that the tests know",
  async () => {
    expect(await refusedByServer()).toEqual({});
  },
  5 * MINUTE,
);
