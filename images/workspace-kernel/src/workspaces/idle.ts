import type { Logger } from "@nexus/service";
import type { Held } from "./held";
import type { WorkspaceHub } from "./hub";

/** Time before unloading an idle workspace at which the kernel warns, or a tenth of the timeout if that is less. */
const WARNING_MS = 60_000;

export interface IdleOptions {
  readonly idleTimeoutMs: number;
  readonly hub: WorkspaceHub;
  readonly log: Logger;
}

/** Unloads workspaces that were idle for the idle time (A13), and warns before. */
export async function unloadIdle(
  held: ReadonlyMap<string, Held>,
  { idleTimeoutMs, hub, log }: IdleOptions,
  unload: (id: string, stillWanted: () => boolean) => Promise<void>,
): Promise<void> {
  const warningMs = Math.min(WARNING_MS, idleTimeoutMs / 10);
  for (const [id, one] of [...held]) {
    const leftMs = Math.max(idleTimeoutMs - one.idleMs, one.keepAliveUntil - performance.now());
    if (leftMs <= 0) {
      await unload(id, () => one.idleMs >= idleTimeoutMs);
    } else if (leftMs <= warningMs && !one.warned) {
      one.warned = true;
      const unloadInMs = Math.round(leftMs);
      log.info({ workspaceId: id, unloadInMs }, "workspace is idle and will be unloaded");
      hub.publish(id, { type: "idle_warning", unloadInMs });
    }
  }
}
