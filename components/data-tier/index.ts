import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "../lib/component";
import {
  backendJobSettings,
  type BuiltService,
  type MigratedService,
  migratedServices,
  migrationJobSettings,
  nameOf,
  type DatabaseConnection,
  type DatabaseMode,
  type ServerMode,
} from "@nexus/contract";
import type { Platform } from "../lib/platform";
import { Backup, type BackupSettings } from "./backup";
import { Migration } from "./migration";
import { OperatedPostgres, type OperatedPostgresSettings } from "./operated-postgres";
import { Postgres, type PostgresSettings } from "./postgres";
import type { Volume } from "./volume";
import { Redis, type RedisSettings } from "./redis";

const TYPE = "nexus:data:DataTier";

/** What the Jobs read that bring the services' schemas up to date. */
const JOB_SETTINGS = {
  "workspace-kernel": migrationJobSettings,
  "graphstudio-backend": backendJobSettings,
} satisfies Record<MigratedService, typeof migrationJobSettings>;

export interface DataTierArgs {
  readonly platform: Platform;
  /** The database server, and who runs it. */
  readonly postgres: PostgresSettings &
    OperatedPostgresSettings & {
      readonly mode: DatabaseMode;
      /** Backup from which an empty database is filled; null for none. */
      readonly restoreFrom: string | null;
    };
  /** How the services connect to the database; null without one. */
  readonly connection: DatabaseConnection | null;
  /** Backups of the database, wherever it is; null for none. */
  readonly backup: BackupSettings | null;
  /** The existing volume of the database; null for none. */
  readonly volume: Volume | null;
  /** The cache server; only `builtin` runs one. */
  readonly redis: RedisSettings & { readonly mode: ServerMode };
  /** Images by service. For a service with a schema, a new image runs its migration before its rollout. */
  readonly images: Readonly<Partial<Record<BuiltService, pulumi.Input<string>>>>;
  /** How often the secrets were rotated. */
  readonly rotation: number;
  /** What must exist before any pod starts: the Secret and the settings. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Database, cache, and the services' schemas.
 *
 * @example new DataTier("data", { platform, postgres, connection, backup, volume, redis, images, rotation: 0, after })
 */
export class DataTier extends pulumi.ComponentResource {
  private readonly migrations = new Map<BuiltService, pulumi.Resource>();
  private readonly after: readonly pulumi.Resource[];

  public constructor(name: string, args: DataTierArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    const { platform, postgres, connection, backup, volume, redis, images, after } = args;
    this.after = after;
    const opened = [...after];
    if (postgres.mode === "builtin") {
      const { server } = new Postgres(
        `${name}-postgres`,
        { platform, after, settings: postgres, volume },
        { parent: this },
      );
      opened.unshift(server);
    }
    if (postgres.mode === "cloudnativepg" && connection) {
      const operated = { platform, settings: postgres, connection, backup, after };
      const { cluster } = new OperatedPostgres(`${name}-operated`, operated, { parent: this });
      opened.unshift(cluster);
    }
    const programImage = images["workspace-kernel"];
    if (backup && programImage !== undefined) {
      const from = { programImage, serverImage: postgres.image, databaseStorage: postgres.storage };
      const restore = { restoreFrom: postgres.restoreFrom, database: [...opened] };
      const jobs = { platform, ...from, ...restore, after, settings: backup };
      const { filled } = new Backup(`${name}-backup`, jobs, { parent: this });
      opened.unshift(...filled);
    }
    if (redis.mode === "builtin") new Redis(`${name}-redis`, { platform, after, settings: redis }, { parent: this });
    if (postgres.mode !== "none") this.createMigrations(name, args, opened);
    this.registerOutputs({});
  }

  /** What the pods of a service wait for: its schema if it has one, else what all pods wait for. */
  public before(service: BuiltService): readonly pulumi.Resource[] {
    const migration = this.migrations.get(service);
    return migration ? [migration] : this.after;
  }

  private createMigrations(name: string, { platform, images, rotation }: DataTierArgs, after: pulumi.Resource[]): void {
    for (const service of migratedServices) {
      const image = images[service];
      if (image === undefined) continue;
      const [workload, settings] = [nameOf(platform.names, service), JOB_SETTINGS[service]];
      const migration = { platform, workload, image, settings, rotation, after };
      const { job } = new Migration(`${name}-${service}-migration`, migration, { parent: this });
      this.migrations.set(service, job);
    }
  }
}
