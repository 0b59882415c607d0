import { runProgram } from "@nexus/host";
import { descriptor } from "./platform";

/** The API server's own check of objects, which changes nothing; returns what it refuses, or undefined. */
export async function dryRun(items: readonly object[]): Promise<string | undefined> {
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  const args = ["--kubeconfig", descriptor.kubeconfig, "apply", "--server-side", "--dry-run=server", "-f", "-"];
  return runProgram("kubectl", args, { input }).then(
    () => undefined,
    (error: unknown) => String(error),
  );
}
