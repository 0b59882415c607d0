import { randomUUID } from "node:crypto";
import { ServiceError } from "@nexus/service";
import type { TaskCaller } from "../sandbox/job";
import type { SandboxPool } from "../sandbox/pool";

/** Makes the script of a handler in a worker, and not here: how long reading takes is up to whoever wrote the code. */
export async function makeHandlerScript(pool: SandboxPool, tenantId: string, code: string): Promise<string> {
  const load = () => Promise.reject(new Error("Reading takes no instance"));
  const caller: TaskCaller = { tenantId, load, onCall: async () => ({}) };
  const end = await pool.run(randomUUID(), { kind: "prepare", code }, caller);
  if (end.type === "lost") throw new ServiceError("workspace_busy", { retryAfterSeconds: 1 });
  const { result, error } = end.outcome;
  if (typeof result === "string") return result;
  const message = error?.message ?? "cannot be read";
  throw new ServiceError("validation_failed", { detail: `code: ${message}`, errors: [{ field: "code", message }] });
}
