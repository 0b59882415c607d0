import type { Kysely } from "kysely";
import type { KernelTables } from "./tables";

export interface TenantSettings {
  /** Hosts that the tenant's workspaces may call: `api.example.com`, `*.example.com`, `api.example.com:8443`. */
  readonly httpAllow: readonly string[];
}

/** Settings of tenants; a tenant without any may call nothing. */
export class SettingsStore {
  constructor(private readonly db: Kysely<KernelTables>) {}

  async get(tenantId: string): Promise<TenantSettings> {
    const row = await this.db
      .selectFrom("kernel.tenant_settings")
      .select("http_allow as httpAllow")
      .where("tenant_id", "=", tenantId)
      .executeTakeFirst();
    return row ?? { httpAllow: [] };
  }

  async put(tenantId: string, { httpAllow }: TenantSettings): Promise<void> {
    const values = { http_allow: [...httpAllow] };
    await this.db
      .insertInto("kernel.tenant_settings")
      .values({ tenant_id: tenantId, ...values })
      .onConflict((conflict) => conflict.column("tenant_id").doUpdateSet(values))
      .execute();
  }
}
