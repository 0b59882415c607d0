import { rolloutTests } from "./kernel/rollout-tests";
import { soakTests } from "./kernel/soak-tests";

// Limits of seconds are measured here, with the cluster for itself, on the stack that kernel.test.ts has deployed.
describe("three kernel pods", () => {
  soakTests();
  rolloutTests();
});
