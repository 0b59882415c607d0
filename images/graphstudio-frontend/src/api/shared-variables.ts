import type { ApiClient } from "./client";

const SETTINGS = "/api/settings";

/** A value that all projects of the tenant may use. */
export interface SharedVariable {
  readonly name: string;
  readonly secret: boolean;
  /** Null for a secret. */
  readonly value: string | null;
  readonly updated_at: string;
  /** Null for who is gone. */
  readonly updated_by: string | null;
}

interface SettingsPage {
  readonly settings: readonly SharedVariable[];
  readonly next?: string | null;
}

/** The calls about the settings store of the tenant of the session. */
export class SharedVariables {
  constructor(private readonly client: ApiClient) {}

  async list(signal?: AbortSignal): Promise<readonly SharedVariable[]> {
    const all: SharedVariable[] = [];
    for (let query = ""; ;) {
      const { settings, next } = await this.client.request<SettingsPage>("GET", SETTINGS + query, { signal });
      all.push(...settings);
      if (!next) return all;
      query = `?after=${encodeURIComponent(next)}`;
    }
  }

  async set(name: string, value: string, secret: boolean): Promise<void> {
    await this.client.request("PUT", `${SETTINGS}/${encodeURIComponent(name)}`, { body: { value, secret } });
  }

  async remove(name: string): Promise<void> {
    await this.client.request("DELETE", `${SETTINGS}/${encodeURIComponent(name)}`);
  }
}
