import { type Page, type PageRequest, ServiceError } from "@nexus/service";
import { type Kysely, sql } from "kysely";
import { capabilities, type Capability } from "../sandbox/messages";
import { checkRoom, HANDLERS_PER_WORKSPACE, PAGE_BYTES } from "./limits";
import type { KernelTables } from "./tables";

export interface HandlerRow {
  readonly name: string;
  /** Incremented with every change. */
  readonly version: number;
  readonly code: string;
  readonly capabilities: readonly Capability[];
  readonly updatedAt: Date;
}

/** Handlers of workspaces, by name. */
export class HandlerStore {
  constructor(private readonly db: Kysely<KernelTables>) {}

  /** By name; a page ends early where there is much code in it. */
  async list(workspaceId: string, { limit, after = "" }: PageRequest): Promise<Page<HandlerRow>> {
    const { rows } = await sql<StoredHandler & { left: number }>`
      select name, version, code, capabilities, updated_at as "updatedAt", "left"
      from (select *, count(*) over ()::int as "left",
                   sum(octet_length(code)) over (order by name) - octet_length(code) as before
            from kernel.handlers where workspace_id = ${workspaceId} and name > ${after}) as h
      where before < ${PAGE_BYTES} order by name limit ${limit}`.execute(this.db);
    const items = rows.map(({ left: _, ...row }) => toHandler(row));
    return { items, next: items.length < (rows[0]?.left ?? 0) ? items.at(-1)?.name : undefined };
  }

  async find(workspaceId: string, name: string): Promise<HandlerRow | undefined> {
    const row = await this.select(workspaceId).where("name", "=", name).executeTakeFirst();
    return row && toHandler(row);
  }

  /** Call it inside a transaction that has locked the workspace. */
  async put(workspaceId: string, handler: Pick<HandlerRow, "name" | "code" | "capabilities">): Promise<HandlerRow> {
    const { name, code } = handler;
    const others = await this.db
      .selectFrom("kernel.handlers")
      .select(sql<number>`count(*)::int`.as("count"))
      .where("workspace_id", "=", workspaceId)
      .where("name", "!=", name)
      .executeTakeFirstOrThrow();
    checkRoom(others.count, { limit: HANDLERS_PER_WORKSPACE }, "handlers", "A workspace");
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

type StoredHandler = Omit<HandlerRow, "capabilities"> & { readonly capabilities: readonly string[] };

function toHandler(row: StoredHandler): HandlerRow {
  return { ...row, capabilities: capabilities.filter((capability) => row.capabilities.includes(capability)) };
}
