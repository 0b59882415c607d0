import { open, seal, type SealingKey, sealingKeys } from "@nexus/clusters";
import { isConnectionError, type JwtEnv, jwtKeys, type Logger } from "@nexus/service";
import { SecretSeal } from "./accounts/one-time-codes";
import { CLUSTER_PURPOSE } from "./clusters/connector";
import { DEPLOYMENT_PURPOSE } from "./deployments/sealed-box";
import { AuditStore } from "./store/audit-store";
import { type SealedText, SealedRows, type SealedTable } from "./store/sealed-rows";
import { SecondFactorStore } from "./store/second-factor-store";
import type { StudioDatabase } from "./store/tables";

export interface ReencryptionOptions {
  readonly rows: SealedRows;
  readonly factors: SecondFactorStore;
  readonly trails: AuditStore;
  /** Keys of the stack that decrypt; the first one encrypts. */
  readonly keys: readonly [string, ...string[]];
  /** Those of them that a rotation replaced. */
  readonly earlier: readonly string[];
  readonly log: Logger;
}

/** The keys that a pod or a Job has. */
export type ReencryptionEnv = JwtEnv & { readonly JWT_SECRET_KEY_RETIRED?: string | undefined };

export function createReencryption(db: StudioDatabase, env: ReencryptionEnv, log: Logger): Reencryption {
  const { JWT_SECRET_KEY_PREVIOUS: previous, JWT_SECRET_KEY_RETIRED: retired } = env;
  const [key = "", ...others] = jwtKeys(env);
  const keys = [key, ...others, ...(retired === undefined ? [] : [retired])] as const;
  const earlier = [previous, retired].filter((one) => one !== undefined);
  const stores = { rows: new SealedRows(db), factors: new SecondFactorStore(db), trails: new AuditStore(db) };
  return new Reencryption({ ...stores, keys, earlier, log });
}

/** Tables with encrypted texts, and what each is encrypted for. */
const PURPOSES = {
  "studio.clusters": CLUSTER_PURPOSE,
  "studio.project_versions": DEPLOYMENT_PURPOSE,
  "studio.revisions": DEPLOYMENT_PURPOSE,
  "studio.settings": DEPLOYMENT_PURPOSE,
} as const satisfies Record<SealedTable, string>;

/**
 * Encrypts with the present key what earlier keys encrypted, so that nothing needs them when they go. What is done stays
 * done if it is interrupted, and several pods can do it at once.
 */
export class Reencryption {
  private readonly keys: readonly SealingKey[];
  private readonly seal: SecretSeal;

  constructor(private readonly options: ReencryptionOptions) {
    this.keys = sealingKeys(options.keys);
    this.seal = new SecretSeal(options.keys);
  }

  async run(): Promise<void> {
    const { earlier, trails, log } = this.options;
    if (earlier.length === 0) return;
    const ids = sealingKeys(earlier).map(({ id }) => id);
    const counts: Record<string, number> = {};
    for (const table of Object.keys(PURPOSES) as SealedTable[]) counts[table] = await this.rows(table, ids);
    counts["studio.second_factors"] = await this.factors(earlier.map((key) => SecretSeal.idOf(key)));
    if (Object.values(counts).every((count) => count === 0)) return;
    log.info(counts, "encrypted with the present key");
    await trails.record({ act: "secrets.reencrypted", target: counts });
  }

  private async rows(table: SealedTable, keyIds: readonly string[]): Promise<number> {
    const { rows, log } = this.options;
    const again = (row: SealedText) => {
      const bound = [row.tenantId, row.id];
      return seal(open(row, this.keys, PURPOSES[table], bound), this.keys, PURPOSES[table], bound);
    };
    return await replaceAll(rows.of(table, keyIds), log, (row) => rows.replace(table, row, again(row)));
  }

  private async factors(keyIds: readonly string[]): Promise<number> {
    const { factors, log } = this.options;
    return await replaceAll(factors.sealedBy(keyIds), log, async (factor) => {
      const secret = await this.seal.open(factor.userId, factor);
      return await factors.reseal(factor, await this.seal.seal(factor.userId, secret));
    });
  }
}

/** @returns how many were replaced */
async function replaceAll<Row extends { readonly keyId: string }>(
  rows: AsyncIterable<Row>,
  log: Logger,
  replace: (row: Row) => Promise<boolean>,
): Promise<number> {
  let count = 0;
  for await (const row of rows)
    try {
      if (await replace(row)) count += 1;
    } catch (error) {
      if (isConnectionError(error)) throw error;
      // Whoever opens it is told.
      log.warn({ error, keyId: row.keyId }, "an encrypted text cannot be encrypted again");
    }
  return count;
}
