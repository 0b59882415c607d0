import {
  type BuiltService,
  type CacheConnection,
  type Connections,
  type DatabaseConnection,
  databaseSettings,
  type OidcGroups,
  type Plans,
  serviceSettings,
  type Setting,
  type Settings,
  without,
} from "@nexus/contract";
import { authoritySettings } from "./authorities";
import { isPlain } from "./environment";
import type { Values } from "./platform";

/** What the shared settings are made from. */
export interface SettingsSource {
  /** The configuration: values by the keys that the contract names. */
  readonly config: {
    readonly plans: Plans;
    readonly auth: { readonly oidc: { readonly issuer: string | null; readonly groups: OidcGroups } };
  };
  readonly connections: Connections;
  /** Services that the topology has. */
  readonly services: readonly BuiltService[];
}

/**
 * The settings that services read from one ConfigMap (A26-A29, C21, D11); a setting of a service that the topology does
 * not have gets no key.
 */
export function sharedSettings({ config, connections, services }: SettingsSource): Values {
  const read: Settings = Object.assign({}, ...services.map((service) => serviceSettings[service]));
  const { database, cache } = connections;
  const present = database ? read : without(read, databaseSettings);
  const values = Object.entries(present).flatMap(([variable, setting]) => {
    const value = valueOf(setting, config);
    return isPlain(value) ? [[variable, String(value)]] : [];
  });
  return {
    ...(Object.fromEntries(values) as Values),
    ...(database ? databaseValues(database) : {}),
    ...(cache ? cacheValues(cache) : {}),
    PLANS: JSON.stringify(config.plans),
    ...groupValues(config.auth.oidc),
    ...authoritySettings(connections),
  };
}

function valueOf(setting: Setting, config: object): unknown {
  if ("fixed" in setting) return setting.default;
  if (!("at" in setting) || setting.own) return undefined;
  return setting.at
    .split(".")
    .reduce<unknown>(
      (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
      config,
    );
}

/** Without a group, the claim with the groups is not read. */
function groupValues({ issuer, groups }: SettingsSource["config"]["auth"]["oidc"]): Values {
  return issuer === null || Object.keys(groups).length === 0 ? {} : { OIDC_GROUPS: JSON.stringify(groups) };
}

function databaseValues({ host, port, name, user, sslMode }: DatabaseConnection): Values {
  const settings = { DATABASE_HOST: host, DATABASE_PORT: String(port), DATABASE_NAME: name, DATABASE_USER: user };
  return sslMode === null ? settings : { ...settings, DATABASE_SSLMODE: sslMode };
}

function cacheValues({ host, port, tls }: CacheConnection): Values {
  return { REDIS_HOST: host, REDIS_PORT: String(port), ...(tls ? { REDIS_TLS: "true" } : {}) };
}
