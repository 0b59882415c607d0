import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "../lib/component";
import { type BuiltService, migratedServices, nameOf, type ServerMode } from "@nexus/contract";
import type { PlatformArgs } from "../lib/platform";
import { Migration } from "./migration";
import { Postgres, type PostgresArgs } from "./postgres";
import { Redis, type RedisArgs } from "./redis";

const TYPE = "nexus:data:DataTier";

/** What a server gets from the data tier; the rest is its own. */
type Given = keyof PlatformArgs | "after";

export interface DataTierArgs extends PlatformArgs {
  /** The database server; only `builtin` runs one. */
  readonly postgres: Omit<PostgresArgs, Given> & { readonly mode: ServerMode };
  /** The cache server; only `builtin` runs one. */
  readonly redis: Omit<RedisArgs, Given> & { readonly mode: ServerMode };
  /** Images by service. Of those with a schema, a new image runs its migration before its rollout. */
  readonly images: Readonly<Partial<Record<BuiltService, pulumi.Input<string>>>>;
  /** What must exist before any pod starts: the Secret and the settings. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Database, cache, and the services' schemas.
 *
 * @example new DataTier("data", { ...platform, postgres: config.postgres, redis: config.redis, images, after })
 */
export class DataTier extends pulumi.ComponentResource {
  private readonly migrations = new Map<BuiltService, pulumi.Resource>();
  private readonly after: readonly pulumi.Resource[];

  public constructor(name: string, args: DataTierArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    this.after = args.after;
    const servers = args.postgres.mode === "builtin" ? [this.createPostgres(name, args)] : [];
    if (args.redis.mode === "builtin") new Redis(`${name}-redis`, { ...args, ...args.redis }, { parent: this });
    if (args.postgres.mode !== "none") this.createMigrations(name, args, [...servers, ...args.after]);
    this.registerOutputs({});
  }

  /** What the pods of a service wait for: its schema where it has one, else what all pods wait for. */
  public before(service: BuiltService): readonly pulumi.Resource[] {
    const migration = this.migrations.get(service);
    return migration ? [migration] : this.after;
  }

  private createPostgres(name: string, args: DataTierArgs): pulumi.Resource {
    return new Postgres(`${name}-postgres`, { ...args, ...args.postgres }, { parent: this }).server;
  }

  private createMigrations(name: string, args: DataTierArgs, after: pulumi.Resource[]): void {
    for (const service of migratedServices) {
      const image = args.images[service];
      if (image === undefined) continue;
      const migration = { ...args, workload: nameOf(args.names, service), image, after };
      const { job } = new Migration(`${name}-${service}-migration`, migration, { parent: this });
      this.migrations.set(service, job);
    }
  }
}
