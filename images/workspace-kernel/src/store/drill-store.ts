import type { Kysely } from "kysely";
import type { KernelTables } from "./tables";

/** The last drill of the backups. */
export interface Drill {
  readonly endedAt: Date;
  readonly succeeded: boolean;
  /** When the newest backup was made that a drill restored; null if none ever was. */
  readonly provenAt: Date | null;
}

/** What the drills of the backups found. They write it themselves (`packages/backup`). */
export class DrillStore {
  constructor(private readonly db: Kysely<KernelTables>) {}

  /** The last one; undefined before the first. */
  async last(): Promise<Drill | undefined> {
    return this.db
      .selectFrom("kernel.drills")
      .select(["ended_at as endedAt", "succeeded", "proven_at as provenAt"])
      .executeTakeFirst();
  }
}
