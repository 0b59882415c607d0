import { waitFor } from "@nexus/host";
import { Account } from "./kernel/account";
import { configure, KERNEL_PODS, readyKernelPods } from "./kernel/deployment";
import { heapTests } from "./kernel/heap-tests";
import { idleTests } from "./kernel/idle-tests";
import { watchOwnership } from "./kernel/ownership";
import { rolloutTests } from "./kernel/rollout-tests";
import { soakTests } from "./kernel/soak-tests";
import { StackCopy } from "./stack/copy";

const MINUTE = 60_000;
const stack = new StackCopy(true);

beforeAll(async () => {
  await stack.create();
  configure(stack);
  await stack.up("dev");
  await readyKernelPods(KERNEL_PODS, true);
  // For some seconds, the cluster's DNS may still answer that a new Service does not exist.
  await waitFor("The studio's way to accounts and workspaces", 60, async () =>
    (await Account.signUp()).create("first"),
  );
  await watchOwnership();
}, 12 * MINUTE);
afterAll(() => stack.remove(), 5 * MINUTE);

// One deployment for all tests, in an order in which each leaves what the next one needs.
describe("three kernel pods", () => {
  idleTests();
  heapTests();
  soakTests();
  rolloutTests(stack);
});
