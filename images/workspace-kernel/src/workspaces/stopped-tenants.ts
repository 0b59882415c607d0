import { isConnectionError, type Logger, type Standing, type StandingFeed } from "@nexus/service";
import type { PanelServer } from "../sockets/server";
import type { Stores } from "../store/stores";
import type { WorkspaceHolder } from "./holder";

export interface StoppedTenantsOptions {
  readonly standing: Standing;
  /** Undefined if nobody can be suspended here. */
  readonly feed: Pick<StandingFeed, "erased"> | undefined;
  readonly holder: WorkspaceHolder;
  readonly panels: PanelServer;
  readonly stores: Pick<Stores, "erase">;
  readonly log: Logger;
}

/** Stops the work of suspended tenants and persons, and deletes the data of deleted tenants. */
export class StoppedTenants {
  private readonly forget: () => void;

  constructor(private readonly options: StoppedTenantsOptions) {
    this.forget = options.standing.onChange(() => {
      void this.end().catch((error: unknown) => options.log.warn({ error }, "not everything was stopped yet"));
      void this.erase().catch((error: unknown) =>
        options.log.warn({ error, connection: isConnectionError(error) }, "not everything was deleted yet"),
      );
    });
  }

  /** To be repeated: a request that was admitted before may have started work since. */
  async end(): Promise<void> {
    const { standing, holder, panels } = this.options;
    panels.endOf((caller) => standing.stops(caller));
    await holder.endOf((tenantId) => standing.stopsTenant(tenantId));
  }

  /** To be repeated, for the same reason, and because the database may be away. */
  async erase(): Promise<void> {
    const { standing, stores, feed } = this.options;
    const { deleted } = standing;
    if (deleted.length === 0) return;
    await stores.erase(deleted.map(({ id }) => id));
    const news = deleted.filter(({ erased }) => !erased).map(({ id }) => id);
    if (news.length > 0) await feed?.erased(news);
  }

  close(): void {
    this.forget();
  }
}
