import { disasterTests } from "./kernel/disaster-tests";
import { rolloutTests } from "./kernel/rollout-tests";
import { soakTests } from "./kernel/soak-tests";

// Limits of seconds are measured here, with the cluster for itself, on the stack that kernel.test.ts has deployed.
describe("three kernel pods", () => {
  soakTests();
  rolloutTests();
  // It takes minutes, and nothing of the stack is left.
  if (process.env.NEXUS_TEST_SOAK) disasterTests();
});
