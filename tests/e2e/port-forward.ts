import { spawn } from "node:child_process";
import * as readline from "node:readline";
import { descriptor } from "./platform";

/** Opens `kubectl port-forward` on a local port that the system chooses, for as long as `use` takes. */
export async function withPortForward<T>(
  namespace: string,
  target: string,
  port: number,
  use: (localPort: number) => Promise<T>,
): Promise<T> {
  const args = ["--kubeconfig", descriptor.kubeconfig, "--namespace", namespace];
  const child = spawn("kubectl", [...args, "port-forward", target, `:${port}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const local = await new Promise<number>((resolve, reject) => {
      child.once("exit", (code) => reject(new Error(`kubectl port-forward ended with ${code}`)));
      readline.createInterface({ input: child.stdout }).on("line", (line) => {
        const found = /127\.0\.0\.1:(\d+) ->/.exec(line)?.[1];
        if (found) resolve(Number(found));
      });
    });
    return await use(local);
  } finally {
    child.removeAllListeners("exit");
    child.kill();
  }
}

/** Asks a path of a Service through {@link withPortForward}. */
export function getThroughPortForward(
  namespace: string,
  target: string,
  port: number,
  path: string,
): Promise<Response> {
  return withPortForward(namespace, target, port, async (local) => {
    const response = await fetch(`http://127.0.0.1:${local}${path}`);
    // Read before the tunnel closes.
    return new Response(await response.text(), { status: response.status, headers: response.headers });
  });
}
