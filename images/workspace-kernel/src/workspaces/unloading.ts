import type { StopReason } from "../store/workspace-store";
import type { ExecutorOptions } from "./executor";
import type { Held } from "./held";
import type { WorkspaceEvent } from "./hub";

export interface UnloadingOptions extends Pick<ExecutorOptions, "stores" | "pool" | "hub" | "metrics" | "log"> {
  readonly idleTimeoutMs: number;
}

/** Time before unloading an idle workspace at which the kernel warns, or a tenth of the timeout if that is less. */
const WARNING_MS = 60_000;

/** Gives workspaces of a pod up, so that another pod may take them. */
export class Unloading {
  constructor(
    private readonly held: ReadonlyMap<string, Held>,
    private readonly options: UnloadingOptions,
    private readonly drop: (id: string, event: WorkspaceEvent) => void,
  ) {}

  async idle(): Promise<void> {
    const { idleTimeoutMs, hub, log } = this.options;
    const warningMs = Math.min(WARNING_MS, idleTimeoutMs / 10);
    for (const [id, held] of [...this.held]) {
      const leftMs = Math.max(idleTimeoutMs - held.idleMs, held.keepAliveUntil - performance.now());
      if (leftMs <= 0) {
        await this.giveUp(id, held, "idle");
      } else if (leftMs <= warningMs && !held.warned) {
        held.warned = true;
        const unloadInMs = Math.round(leftMs);
        log.info({ workspaceId: id, unloadInMs }, "workspace is idle and will be unloaded");
        hub.publish(id, { type: "idle_warning", unloadInMs });
      }
    }
  }

  async one(id: string, reason: StopReason): Promise<void> {
    const held = this.held.get(id);
    if (held) await this.giveUp(id, held, reason);
  }

  async ofTenants(isStopped: (tenantId: string) => boolean): Promise<void> {
    const stopped = [...this.held].filter(([, { tenantId }]) => isStopped(tenantId));
    await Promise.all(
      stopped.map(async ([id, held]) => {
        const takeBack = held.end(() => this.options.pool.dispose(id));
        await this.giveUp(id, held, "drained").finally(takeBack);
      }),
    );
  }

  async giveUp(id: string, current: Held, reason: StopReason): Promise<void> {
    const { epoch, idleMs } = current;
    await current.exclusive(async () => {
      if (this.held.get(id) !== current) return;
      await this.options.stores.workspaces.release(id, epoch, reason);
      this.options.log.info({ workspaceId: id, epoch, reason, idleMs: Math.round(idleMs) }, "workspace unloaded");
      this.options.metrics.unloads.inc({ reason });
      if (this.held.get(id) === current) this.drop(id, { type: "stopped", reason });
    }, false);
  }
}
