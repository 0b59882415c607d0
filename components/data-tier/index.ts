import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "../lib/component";
import type { Values } from "../lib/environment";
import { Migration } from "./migration";
import { Postgres, type PostgresArgs } from "./postgres";
import { Redis, type RedisArgs } from "./redis";

const TYPE = "nexus:data:DataTier";

/** Services that keep a schema in the database. */
export type MigratedService = "workspace-kernel" | "graphstudio-backend";

export interface DataTierArgs {
  /** Namespace of every object. */
  readonly namespace: pulumi.Input<string>;
  /** The database server. */
  readonly postgres: Omit<PostgresArgs, "namespace" | "after">;
  /** The cache server. */
  readonly redis: Omit<RedisArgs, "namespace" | "values" | "after">;
  /** Shared secrets. */
  readonly values: Values;
  /** Images whose migrations run, by service. A new image runs its migration before its rollout. */
  readonly migrate: Readonly<Record<MigratedService, pulumi.Input<string>>>;
  /** What must exist before any pod starts: the Secret and the settings. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Database, cache, and the services' schemas.
 *
 * @example new DataTier("data", { namespace, postgres: config.postgres, redis: config.redis, values, migrate, after })
 */
export class DataTier extends pulumi.ComponentResource {
  /** What a service waits for: the Job that brings its schema up to date. */
  public readonly migrations: Readonly<Record<MigratedService, pulumi.Resource>>;

  public constructor(name: string, args: DataTierArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    const { namespace, values, after } = args;
    const postgres = new Postgres(`${name}-postgres`, { ...args.postgres, namespace, after }, { parent: this });
    new Redis(`${name}-redis`, { ...args.redis, namespace, values, after }, { parent: this });
    const migrate = (service: MigratedService) =>
      this.createMigration(name, service, args, [postgres.server, ...after]);
    this.migrations = {
      "workspace-kernel": migrate("workspace-kernel"),
      "graphstudio-backend": migrate("graphstudio-backend"),
    };
    this.registerOutputs({});
  }

  private createMigration(name: string, service: MigratedService, args: DataTierArgs, after: pulumi.Resource[]) {
    const migration = { service, image: args.migrate[service], namespace: args.namespace, after };
    return new Migration(`${name}-${service}-migration`, migration, { parent: this }).job;
  }
}
