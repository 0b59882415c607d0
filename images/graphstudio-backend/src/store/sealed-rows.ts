import type { Sealed } from "@nexus/clusters";
import type { Kysely } from "kysely";
import type { StudioTables } from "./tables";

/** Tables whose rows have an encrypted text. */
const TABLES = ["studio.project_versions", "studio.revisions", "studio.settings"] as const;
type SealedTable = (typeof TABLES)[number];

export interface SealedText extends Sealed {
  readonly id: string;
  readonly tenantId: string;
}

const NO_ID = "00000000-0000-0000-0000-000000000000";
const BATCH = 20;

/** Encrypted texts of projects, deployments and settings, for the rotation of keys. */
export class SealedRows {
  constructor(private readonly db: Kysely<StudioTables>) {}

  /** Encrypts again what another key sealed. @param again the same text with the present key; undefined if it is lost */
  async reseal(keyId: string, again: (row: SealedText) => Sealed | undefined): Promise<void> {
    for (const table of TABLES)
      for (let after = NO_ID; ;) {
        const batch = await this.sealedOtherwise(table, keyId, after);
        for (const row of batch) {
          const sealed = again(row);
          if (sealed) await this.replace(table, row, sealed);
        }
        const last = batch.at(-1);
        if (!last || batch.length < BATCH) break;
        after = last.id;
      }
  }

  private async sealedOtherwise(table: SealedTable, keyId: string, after: string): Promise<SealedText[]> {
    return await this.db
      .selectFrom(table)
      .select(["id", "tenant_id as tenantId", "sealed as bytes", "key_id as keyId"])
      .where("key_id", "<>", keyId)
      .where("id", ">", after)
      .orderBy("id")
      .limit(BATCH)
      .execute();
  }

  private async replace(table: SealedTable, { id, keyId: before }: SealedText, { bytes, keyId }: Sealed) {
    await this.db
      .updateTable(table)
      .set({ sealed: bytes, key_id: keyId })
      .where("id", "=", id)
      .where("key_id", "=", before)
      .execute();
  }
}
