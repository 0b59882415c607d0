import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { OwnerIdentity } from "./workspace-store";
import type { KernelTables } from "./tables";

/** Statements on kernel.pods: which kernel pods live and how full they are. */
export class PodStore {
  constructor(
    private readonly db: Kysely<KernelTables>,
    private readonly self: OwnerIdentity,
  ) {}

  async heartbeat(active: number, capacity: number): Promise<void> {
    const { pod, url } = this.self;
    const values = { url, active, capacity, heartbeat_at: sql<Date>`now()` };
    await this.db
      .insertInto("kernel.pods")
      .values({ name: pod, ...values })
      .onConflict((conflict) => conflict.column("name").doUpdateSet(values))
      .execute();
    await this.db
      .deleteFrom("kernel.pods")
      .where("heartbeat_at", "<", sql<Date>`now() - interval '10 minutes'`)
      .execute();
  }

  /** The least loaded other pod that lives and has room. */
  async withRoom(): Promise<string | undefined> {
    const row = await this.db
      .selectFrom("kernel.pods")
      .select("url")
      .where("name", "!=", this.self.pod)
      .where("heartbeat_at", ">", sql<Date>`now() - ${this.self.leaseMs} * interval '1 millisecond'`)
      .whereRef("active", "<", "capacity")
      .orderBy(sql`active::float / capacity`)
      .limit(1)
      .executeTakeFirst();
    return row?.url;
  }

  async remove(): Promise<void> {
    await this.db.deleteFrom("kernel.pods").where("name", "=", this.self.pod).execute();
  }
}
