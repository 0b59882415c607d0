import { randomUUID } from "node:crypto";
import { ServiceError } from "@nexus/service";
import type { SandboxPool } from "../sandbox/pool";
import type { TaskCaller } from "../sandbox/worker-slot";

/** A worker that was stopped because of somebody else is no fault of this code. */
const ATTEMPTS = 3;

/** Makes the script of a handler in a worker, and not here: how long reading takes is up to whoever wrote the code. */
export async function makeHandlerScript(pool: SandboxPool, tenantId: string, code: string): Promise<string> {
  const caller: TaskCaller = { tenantId, onCall: async () => ({}) };
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const end = await pool.run(randomUUID(), { kind: "prepare", code }, undefined, caller);
    if (end.type === "lost") continue;
    const { result, error } = end.outcome;
    if (typeof result === "string") return result;
    const message = error?.message ?? "cannot be read";
    throw new ServiceError("validation_failed", { detail: `code: ${message}`, errors: [{ field: "code", message }] });
  }
  throw new ServiceError("workspace_busy", { retryAfterSeconds: 1 });
}
