import { waitFor } from "@nexus/host";
import { Account } from "./kernel/account";
import { deployTests } from "./kernel/deploy-tests";
import { configure, KERNEL_PODS, readyKernelPods, stack } from "./kernel/deployment";
import { heapTests } from "./kernel/heap-tests";
import { idleTests } from "./kernel/idle-tests";
import { watchOwnership } from "./kernel/ownership";
import { teamTests } from "./kernel/team-tests";

const MINUTE = 60_000;

beforeAll(async () => {
  await stack.create();
  await configure();
  await stack.up("dev");
  await readyKernelPods(KERNEL_PODS, true);
  // For some seconds, the cluster's DNS may still answer that a new Service does not exist.
  await waitFor("The studio's way to accounts and workspaces", 60, async () =>
    (await Account.signUp()).create("first"),
  );
  await watchOwnership();
}, 12 * MINUTE);

// What takes no time is tested here, beside other suites; takeovers.test.ts goes on with this stack.
describe("three kernel pods", () => {
  idleTests();
  heapTests();
  teamTests();
  deployTests();
});
