import { ServiceError } from "@nexus/service";
import type { JsonValue, Task } from "../sandbox/messages";
import type { Stores } from "../store/stores";
import type { CodeCache } from "./code-cache";
import type { Held } from "./held";

export interface HandlerSources {
  readonly handlers: Stores["handlers"];
  readonly code: CodeCache;
}

/** The task that runs a handler of a workspace; its code is read once while the workspace is held. */
export function handlerTask(
  { handlers, code }: HandlerSources,
  workspaceId: string,
  name: string,
  input: JsonValue,
): (held: Held) => Promise<Task> {
  return async (held) => {
    const row = held.handlers.get(name) ?? (await handlers.find(workspaceId, name));
    if (!row) throw new ServiceError("handler_not_found");
    held.handlers.set(name, row);
    const { hash, script } = await code.prepare(held.tenantId, row.code);
    const { capabilities } = row;
    return { kind: "handler", name, hash, script, input: JSON.stringify(input), capabilities };
  };
}
