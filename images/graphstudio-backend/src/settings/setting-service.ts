import { isSecretVariable } from "@nexus/compose";
import { type Page, type PageRequest, type Principal, ServiceError } from "@nexus/service";
import type { SealedBox } from "../deployments/sealed-box";
import { putSetting, removeSetting, type SealedSetting, type SettingStore } from "../store/setting-store";
import type { TenantAccess } from "../tenants/tenant-access";

export interface SettingServiceOptions {
  readonly settings: SettingStore;
  readonly access: TenantAccess;
  readonly box: SealedBox;
}

export interface Setting extends Pick<SealedSetting, "name" | "secret" | "madeBy" | "updatedAt"> {
  /** Null for a secret, and for a value whose key is gone. */
  readonly value: string | null;
}

/** A setting as projects and scans use it. */
export interface KnownSetting {
  readonly value: string;
  readonly secret: boolean;
}

/** Settings by name. */
export type KnownSettings = Readonly<Record<string, KnownSetting>>;

/** A tenant with more has a script that makes them; each conversion of a project reads all. */
const MOST_SETTINGS = 500;

/** Values of variables that the tenant that the caller works in keeps for all of its deployments. */
export class SettingService {
  constructor(private readonly options: SettingServiceOptions) {}

  async list(caller: Principal, page: PageRequest): Promise<Page<Setting>> {
    const { access, settings } = this.options;
    await access.require(caller, "deployments.read");
    const { items, next } = await settings.list(caller.tenantId, page);
    return { items: items.map((row) => this.shown(row)), next };
  }

  /** @param secret whether it goes into a Secret; without it, name and value decide */
  async put(caller: Principal, name: string, value: string, secret = isSecretVariable(name, value)): Promise<void> {
    const { access, box } = this.options;
    const { tenantId, userId } = caller;
    const seal = (id: string) => box.seal({ tenantId, id }, value);
    await access.change(caller, "settings.write", (tx) =>
      putSetting(tx, { tenantId, name, secret, madeBy: userId }, seal, MOST_SETTINGS),
    );
  }

  async remove(caller: Principal, name: string): Promise<void> {
    await this.options.access.change(caller, "settings.write", async (tx) => {
      if (!(await removeSetting(tx, caller.tenantId, name))) throw new ServiceError("setting_not_found");
    });
  }

  /** All of them, with their values. @throws ServiceError if the key of one is gone */
  async known(tenantId: string): Promise<KnownSettings> {
    const rows = await this.options.settings.all(tenantId);
    return Object.fromEntries(
      rows.map((row) => [row.name, { value: this.options.box.open<string>(row, row), secret: row.secret }]),
    );
  }

  /** Whoever lists settings sees which one has to be given its value again. */
  private shown(row: SealedSetting): Setting {
    const { name, secret, madeBy, updatedAt } = row;
    const value = () => {
      try {
        return this.options.box.open<string>(row, row);
      } catch {
        return null;
      }
    };
    return { name, secret, madeBy, updatedAt, value: secret ? null : value() };
  }
}
