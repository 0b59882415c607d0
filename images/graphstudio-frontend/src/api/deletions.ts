import type { ApiClient } from "./client";

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Tenants that are deleted with an account, and those that prevent its deletion. */
export interface AccountDeletion {
  readonly deletes: readonly Named[];
  readonly blockedBy: readonly Named[];
}

/** How somebody proves who they are: empty for what they do not have. */
export interface Proof {
  readonly password: string;
  readonly code?: string | undefined;
}

/** Exports, and the deletion of what was exported. */
export class Deletions {
  constructor(private readonly client: ApiClient) {}

  /** What backend and kernel store of the tenant of the session; each checks who asks. */
  async exportTenant(tenantId: string): Promise<readonly Blob[]> {
    const tenant = await this.client.download(`/account/tenants/${encodeURIComponent(tenantId)}/export`);
    return [tenant, await this.client.download("/api/v1/export")];
  }

  async exportAccount(): Promise<readonly Blob[]> {
    return [await this.client.download("/account/export")];
  }

  async deleteTenant(tenantId: string, name: string, proof: Proof): Promise<void> {
    const path = `/account/tenants/${encodeURIComponent(tenantId)}`;
    await this.client.request("DELETE", path, { body: { name, ...proof } });
  }

  account(): Promise<AccountDeletion> {
    return this.client.request("GET", "/account/deletion");
  }

  /** @param tenants ids of the tenants that are deleted with the account */
  async deleteAccount(proof: Proof, tenants: readonly string[]): Promise<void> {
    await this.client.request("DELETE", "/account/me", { body: { ...proof, tenants } });
  }
}
