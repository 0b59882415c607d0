import * as pulumi from "@pulumi/pulumi";
import { inspect } from "node:util";
import { NexusError } from "@nexus/host";

test("P5: a mistake of configuration has no calls that Pulumi would show, or take a minute to colour", () => {
  const error = new NexusError("Two problems:", ["one", "two"]);
  expect(pulumi.RunError.isInstance(error)).toBe(true);
  expect(error.message).toBe("Two problems:\n  one\n  two");
  expect(error.stack).toBeUndefined();
  expect(inspect(error, { colors: true })).not.toContain("node_modules");
});
