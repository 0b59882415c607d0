import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { OwnerIdentity } from "./workspace-store";
import type { KernelTables } from "./tables";

/** Another pod, as it said last. */
export interface OtherPod {
  readonly url: string;
  readonly active: number;
  readonly hasRoom: boolean;
}

const FRESH_MS = 1000;

/** Statements on kernel.pods: which kernel pods are alive and how full they are. */
export class PodStore {
  private lookup: Promise<readonly OtherPod[]> = Promise.resolve([]);
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

  /** The other pods that are alive and take workspaces, the least loaded first, at most a second old. */
  async others(): Promise<readonly OtherPod[]> {
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

  private async lookUp(): Promise<readonly OtherPod[]> {
    return await this.db
      .selectFrom("kernel.pods")
      .select(["url", "active", sql<boolean>`active < capacity`.as("hasRoom")])
      .where("name", "!=", this.self.pod)
      .where("heartbeat_at", ">", sql<Date>`now() - ${this.self.leaseMs} * interval '1 millisecond'`)
      .where("capacity", ">", 0)
      .orderBy(sql`active::float / capacity`)
      .execute();
  }

  async remove(): Promise<void> {
    await this.db.deleteFrom("kernel.pods").where("name", "=", this.self.pod).execute();
  }
}
