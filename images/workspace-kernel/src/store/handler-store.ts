import { ServiceError } from "@nexus/service";
import { type Kysely, sql } from "kysely";
import { capabilities, type Capability } from "../sandbox/messages";
import { checkRoom, HANDLERS_PER_WORKSPACE } from "./limits";
import { type Page, type PageRequest, toPage } from "./page";
import type { KernelTables } from "./tables";

export interface HandlerRow {
  readonly name: string;
  /** Grows with every change. */
  readonly version: number;
  readonly code: string;
  readonly capabilities: readonly Capability[];
  readonly updatedAt: Date;
}

/** Handlers of workspaces, by name. */
export class HandlerStore {
  constructor(private readonly db: Kysely<KernelTables>) {}

  /** By name. */
  async list(workspaceId: string, { limit, after = "" }: PageRequest): Promise<Page<HandlerRow>> {
    const rows = await this.select(workspaceId)
      .where("name", ">", after)
      .orderBy("name")
      .limit(limit + 1)
      .execute();
    return toPage(rows.map(toHandler), limit, ({ name }) => name);
  }

  async find(workspaceId: string, name: string): Promise<HandlerRow | undefined> {
    const row = await this.select(workspaceId).where("name", "=", name).executeTakeFirst();
    return row && toHandler(row);
  }

  /** Inside of a transaction that has locked the workspace. */
  async put(workspaceId: string, handler: Pick<HandlerRow, "name" | "code" | "capabilities">): Promise<HandlerRow> {
    const { name, code } = handler;
    const others = await this.db
      .selectFrom("kernel.handlers")
      .select(sql<number>`count(*)::int`.as("count"))
      .where("workspace_id", "=", workspaceId)
      .where("name", "!=", name)
      .executeTakeFirstOrThrow();
    checkRoom(others.count, HANDLERS_PER_WORKSPACE, "A workspace may have", "handlers");
    await this.db
      .insertInto("kernel.handlers")
      .values({ workspace_id: workspaceId, name, version: 1, code, capabilities: [...handler.capabilities] })
      .onConflict((conflict) =>
        conflict.columns(["workspace_id", "name"]).doUpdateSet({
          version: sql`handlers.version + 1`,
          code,
          capabilities: [...handler.capabilities],
          updated_at: sql`now()`,
        }),
      )
      .execute();
    return toHandler(await this.select(workspaceId).where("name", "=", name).executeTakeFirstOrThrow());
  }

  async delete(workspaceId: string, name: string): Promise<void> {
    const { numDeletedRows } = await this.db
      .deleteFrom("kernel.handlers")
      .where("workspace_id", "=", workspaceId)
      .where("name", "=", name)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw new ServiceError("handler_not_found");
  }

  private select(workspaceId: string) {
    return this.db
      .selectFrom("kernel.handlers")
      .select(["name", "version", "code", "capabilities", "updated_at as updatedAt"])
      .where("workspace_id", "=", workspaceId);
  }
}

function toHandler(row: Omit<HandlerRow, "capabilities"> & { readonly capabilities: readonly string[] }): HandlerRow {
  return { ...row, capabilities: capabilities.filter((capability) => row.capabilities.includes(capability)) };
}
