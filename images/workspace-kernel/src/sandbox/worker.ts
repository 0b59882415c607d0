import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { SandboxInstance } from "./instance";
import {
  failedOutcome,
  type ExecutionOutcome,
  type WorkerReply,
  type WorkerRequest,
  type WorkerSetup,
} from "./messages";

const { wasmModule, limits } = workerData as WorkerSetup;
const instances = new Map<string, SandboxInstance>();

async function execute(workspaceId: string, code: string): Promise<ExecutionOutcome> {
  try {
    const instance = instances.get(workspaceId) ?? (await SandboxInstance.create(wasmModule, limits));
    instances.set(workspaceId, instance);
    const outcome = instance.execute(code);
    if (outcome.reset) instances.delete(workspaceId);
    return outcome;
  } catch (error) {
    instances.delete(workspaceId);
    const message = `The sandbox cannot start (${error instanceof Error ? error.message : "unknown"})`;
    return failedOutcome({ code: "sandbox_crashed", name: "SandboxError", message, stack: "" }, 0, true);
  }
}

/** The pool sends one execution at a time, so nothing here needs to queue. */
function serve(port: MessagePort): void {
  const reply = (message: WorkerReply) => port.postMessage(message);
  port.on("message", (request: WorkerRequest) => {
    if (request.type === "dispose") {
      instances.delete(request.workspaceId);
      return;
    }
    void execute(request.workspaceId, request.code).then((outcome) => {
      reply({ type: "result", id: request.id, outcome });
    });
  });
  reply({ type: "ready" });
}

if (parentPort) serve(parentPort);
