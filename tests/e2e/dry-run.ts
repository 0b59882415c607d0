import { runProgram } from "@nexus/host";
import { descriptor } from "./platform";

/** Lets the API server check objects in a dry run; returns what it refuses, or undefined. */
export async function dryRun(items: readonly object[]): Promise<string | undefined> {
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  const args = ["--kubeconfig", descriptor.kubeconfig, "apply", "--server-side", "--dry-run=server", "-f", "-"];
  return runProgram("kubectl", args, { input }).then(
    () => undefined,
    (error: unknown) => String(error),
  );
}
