import type { Sealed } from "@nexus/clusters";
import type { Kysely } from "kysely";
import { inBatches } from "./in-batches";
import type { StudioTables } from "./tables";

/** Tables whose rows have an encrypted text. */
export type SealedTable = "studio.clusters" | "studio.project_versions" | "studio.revisions" | "studio.settings";

export interface SealedText extends Sealed {
  readonly id: string;
  readonly tenantId: string;
}

/** A text may be large. */
const BATCH = 20;

/** Encrypted texts, for the rotation of keys. */
export class SealedRows {
  constructor(private readonly db: Kysely<StudioTables>) {}

  /** Rows that one of these keys encrypted. */
  of(table: SealedTable, keyIds: readonly string[]): AsyncGenerator<SealedText> {
    const read = async (after: string) =>
      await this.db
        .selectFrom(table)
        .select(["id", "tenant_id as tenantId", "sealed as bytes", "key_id as keyId"])
        .where("key_id", "in", keyIds)
        .where("id", ">", after)
        .orderBy("id")
        .limit(BATCH)
        .execute();
    return inBatches(BATCH, read, ({ id }) => id);
  }

  /** @returns false if somebody else replaced it meanwhile */
  async replace(table: SealedTable, { id, keyId: before }: SealedText, { bytes, keyId }: Sealed): Promise<boolean> {
    const { numUpdatedRows } = await this.db
      .updateTable(table)
      .set({ sealed: bytes, key_id: keyId })
      .where("id", "=", id)
      .where("key_id", "=", before)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }
}
