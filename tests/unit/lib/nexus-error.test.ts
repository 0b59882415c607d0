import * as pulumi from "@pulumi/pulumi";
import { inspect } from "node:util";
import { NexusError } from "@nexus/host";

test("P5: an error of the configuration has no stack trace for Pulumi to print", () => {
  const error = new NexusError("Two problems:", ["one", "two"]);
  expect(pulumi.RunError.isInstance(error)).toBe(true);
  expect(error.message).toBe("Two problems:\n  one\n  two");
  expect(error.stack).toBeUndefined();
  expect(inspect(error, { colors: true })).not.toContain("node_modules");
});
