import {
  backupName,
  backupResources,
  type BuiltService,
  clusterName,
  migratedServices,
  migrationName,
  migrationResources,
  nameOf,
  type Resources,
} from "@nexus/contract";
import type { Sections } from "./schema";
import { enabledServices } from "./services";

/** Pods of one kind, and what they use of the namespace's quota. */
export interface Pods {
  /** Name in messages. */
  readonly name: string;
  /** Path of their settings; undefined if their size cannot be configured. */
  readonly owner: readonly string[] | undefined;
  readonly resources: Resources;
  /** Whether they connect to the database. */
  readonly usesDatabase: boolean;
  /** How many there are at most, those that an update adds before it takes others away included. */
  readonly most: number;
}

/** A rolling update starts one new pod before it stops an old one. */
const SURGE = 1;

/** Every pod that a stack may run. */
export function podsOf(config: Sections): Pods[] {
  const { names, kernel, graphstudio, nexusOs, postgres, redis } = config;
  const services = enabledServices(config);
  const migrated = postgres.mode === "none" ? [] : migratedServices.filter((service) => services.includes(service));
  const settings: Record<BuiltService, { owner: string[]; section: Resources & Scaled }> = {
    "workspace-kernel": { owner: ["kernel"], section: kernel },
    "graphstudio-backend": { owner: ["graphstudio", "backend"], section: graphstudio.backend },
    "graphstudio-frontend": { owner: ["graphstudio", "frontend"], section: graphstudio.frontend },
    "nexus-os": { owner: ["nexusOs"], section: nexusOs },
  };
  const built = services.map((service) => {
    const { owner, section } = settings[service];
    const most = (section.autoscaling?.maxReplicas ?? section.replicas) + SURGE;
    const usesDatabase = migrated.some((one) => one === service);
    return { name: nameOf(names, service), owner, resources: section, usesDatabase, most };
  });
  const servers = [
    { name: names.postgres, owner: ["postgres"], resources: postgres, usesDatabase: false, most: 1 },
    { name: names.redis, owner: ["redis"], resources: redis, usesDatabase: false, most: 1 },
  ].filter((_, index) => [postgres, redis][index]?.mode === "builtin");
  const operated = [
    // A Job makes the first server and the copy for each further one.
    {
      name: clusterName(names.postgres),
      owner: ["postgres"],
      resources: postgres,
      usesDatabase: false,
      most: postgres.cloudnativepg.instances + 1,
    },
  ].filter(() => postgres.mode === "cloudnativepg");
  const migrations = migrated.map((service) => {
    const name = migrationName(nameOf(names, service));
    return { name, owner: undefined, resources: migrationResources, usesDatabase: true, most: 1 };
  });
  const backups = [
    // One of them is made or restored while a drill runs.
    { name: backupName(names.postgres), owner: undefined, resources: backupResources, usesDatabase: false, most: 2 },
  ].filter(() => postgres.mode !== "none" && postgres.backup !== null);
  return [...built, ...servers, ...operated, ...migrations, ...backups];
}

interface Scaled {
  readonly replicas: number;
  readonly autoscaling?: { readonly maxReplicas: number } | null;
}
