import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { OwnerIdentity } from "./workspace-store";
import type { KernelTables } from "./tables";

export interface EmptiestPod {
  readonly url: string;
  readonly active: number;
}

const FRESH_MS = 1000;

/** Statements on kernel.pods: which kernel pods are alive and how full they are. */
export class PodStore {
  private lookup: Promise<EmptiestPod | undefined> = Promise.resolve(undefined);
  private lookedAt = Number.NEGATIVE_INFINITY;

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

  /** The least loaded other pod that is alive and has room, at most a second old. */
  async emptiest(): Promise<EmptiestPod | undefined> {
    if (performance.now() - this.lookedAt > FRESH_MS) {
      this.lookup = this.lookUp();
      this.lookedAt = performance.now();
    }
    try {
      return await this.lookup;
    } catch (error) {
      this.lookedAt = Number.NEGATIVE_INFINITY;
      throw error;
    }
  }

  private async lookUp(): Promise<EmptiestPod | undefined> {
    return await this.db
      .selectFrom("kernel.pods")
      .select(["url", "active"])
      .where("name", "!=", this.self.pod)
      .where("heartbeat_at", ">", sql<Date>`now() - ${this.self.leaseMs} * interval '1 millisecond'`)
      .whereRef("active", "<", "capacity")
      .orderBy(sql`active::float / capacity`)
      .limit(1)
      .executeTakeFirst();
  }

  async remove(): Promise<void> {
    await this.db.deleteFrom("kernel.pods").where("name", "=", this.self.pod).execute();
  }
}
