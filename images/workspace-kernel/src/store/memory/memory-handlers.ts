import { ServiceError } from "@nexus/service";
import type { Kysely, Transaction } from "kysely";
import { type HandlerRow, type HandlerStore, MAX_HANDLERS } from "../handler-store";
import type { PodStore } from "../pod-store";
import type { SettingsStore, TenantSettings } from "../settings-store";
import type { Public } from "../stores";
import type { KernelTables } from "../tables";
import type { MemoryDatabase } from "./memory-database";

/** Handlers of workspaces, by name. */
export class MemoryHandlerStore implements Public<HandlerStore> {
  constructor(private readonly db: MemoryDatabase) {}

  async list(workspaceId: string): Promise<HandlerRow[]> {
    return [...(this.db.get(workspaceId)?.contents.handlers ?? [])];
  }

  async find(workspaceId: string, name: string): Promise<HandlerRow | undefined> {
    return this.db.get(workspaceId)?.contents.handlers.find((handler) => handler.name === name);
  }

  async put(
    _trx: Transaction<KernelTables>,
    workspaceId: string,
    handler: Pick<HandlerRow, "name" | "code" | "capabilities">,
  ): Promise<HandlerRow> {
    const { name, code, capabilities } = handler;
    const handlers = this.db.require(workspaceId).contents.handlers;
    const others = handlers.filter((each) => each.name !== name);
    if (others.length >= MAX_HANDLERS)
      throw new ServiceError("limit_reached", { detail: `A workspace may have ${MAX_HANDLERS} handlers` });
    const version = (handlers.find((each) => each.name === name)?.version ?? 0) + 1;
    const made = { name, version, code, capabilities, updatedAt: new Date() };
    this.keep(workspaceId, [...others, made]);
    return made;
  }

  async delete(_trx: Transaction<KernelTables>, workspaceId: string, name: string): Promise<void> {
    const handlers = this.db.require(workspaceId).contents.handlers;
    const others = handlers.filter((each) => each.name !== name);
    if (others.length === handlers.length) throw new ServiceError("handler_not_found");
    this.keep(workspaceId, others);
  }

  private keep(workspaceId: string, unsorted: readonly HandlerRow[]): void {
    const workspace = this.db.require(workspaceId);
    const handlers = [...unsorted].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.db.put(workspaceId, { ...workspace, contents: { ...workspace.contents, handlers } });
  }
}

/** Settings of tenants, of this pod's workspaces only. */
export class MemorySettingsStore implements Public<SettingsStore> {
  private readonly settings = new Map<string, TenantSettings>();

  async get(tenantId: string): Promise<TenantSettings> {
    return this.settings.get(tenantId) ?? { httpAllow: [] };
  }

  async put(_trx: Kysely<KernelTables>, tenantId: string, { httpAllow }: TenantSettings): Promise<void> {
    this.settings.set(tenantId, { httpAllow: [...httpAllow] });
  }
}

/** Without a database pods know nothing of each other. */
export class NoPodStore implements Public<PodStore> {
  async heartbeat(): Promise<void> {
    // Nobody would read it.
  }

  async emptiest(): Promise<undefined> {
    return undefined;
  }

  async remove(): Promise<void> {
    // Nothing was written.
  }
}
