import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import * as path from "node:path";
import { WebSocket } from "ws";
import { end, freePort, waitFor } from "@nexus/testkit/server-process";
import { ensurePythonPackages } from "../../../local/toolchain/python-packages";
import { childrenOf, type Measured, memoryOf } from "../processes";
import { percentile, time } from "../result";

const START_TIMEOUT_MS = 60_000;

/**
 * Workspaces as Jupyter has them: a gateway, and one kernel process for each. Measured from the request for a kernel to
 * its first result, which comes over a WebSocket. Undefined if the packages cannot be downloaded.
 */
export async function jupyterKernels(count: number): Promise<Measured | undefined> {
  const requirements = path.join(__dirname, "../requirements.txt");
  const python = await ensurePythonPackages("bench", requirements).catch((error: unknown) => {
    process.stderr.write(`No Jupyter peer: ${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  });
  if (!python) return undefined;
  const port = await freePort();
  const args = ["-m", "kernel_gateway", "--KernelGatewayApp.ip=127.0.0.1", `--KernelGatewayApp.port=${port}`];
  const gateway = spawn(python.program, args, { env: { ...process.env, ...python.env }, stdio: "ignore" });
  const host = `127.0.0.1:${port}`;
  try {
    await waitFor("the Jupyter gateway answers", () => fetch(`http://${host}/api/kernelspecs`), START_TIMEOUT_MS);
    // The first one compiles modules.
    await firstResult(host);
    const starts: number[] = [];
    for (let index = 1; index < count; index += 1) starts.push(await time(() => firstResult(host)));
    const kernels = childrenOf(gateway.pid ?? 0);
    const bytes = kernels.reduce((sum, pid) => sum + memoryOf(pid), 0);
    return { memoryMiB: bytes / kernels.length / 2 ** 20, startMs: percentile(starts, 50) };
  } finally {
    await end(gateway, "SIGTERM");
  }
}

async function firstResult(host: string): Promise<void> {
  const made = await fetch(`http://${host}/api/kernels`, { method: "POST", body: JSON.stringify({ name: "python3" }) });
  const { id } = (await made.json()) as { id: string };
  const socket = new WebSocket(`ws://${host}/api/kernels/${id}/channels`);
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("open", () => socket.send(JSON.stringify(executeRequest("n = 1; n + 1"))));
    socket.on("message", (data: Buffer) => {
      const { msg_type } = JSON.parse(data.toString()) as { msg_type?: string };
      if (msg_type === "execute_result") resolve();
      if (msg_type === "error") reject(new Error(`Jupyter: ${data.toString()}`));
    });
  });
  socket.terminate();
}

/** A message of the Jupyter protocol. */
function executeRequest(code: string): object {
  const session = randomUUID();
  const header = { msg_id: randomUUID(), session, username: "", msg_type: "execute_request", version: "5.3", date: "" };
  const content = { code, silent: false, store_history: false, user_expressions: {}, allow_stdin: false };
  return { header, parent_header: {}, metadata: {}, content, channel: "shell" };
}
