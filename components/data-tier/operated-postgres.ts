import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  clusterName,
  type DatabaseConnection,
  resourceRequirements,
  type Resources,
  rolloutTimeouts,
  serverConnections,
} from "@nexus/contract";
import { NO_INPUTS } from "../lib/component";
import { labels } from "../lib/labels";
import type { Platform } from "../lib/platform";
import type { BackupBucket, BackupSettings } from "./backup";
import { checkPostgres } from "./postgres";

const TYPE = "nexus:data:OperatedPostgres";
const COMPONENT = "database";
/** Group and version of the operator's objects, and of those of its plugin. */
export const OPERATOR_API = "postgresql.cnpg.io/v1";
export const PLUGIN_API = "barmancloud.cnpg.io/v1";
/** The plugin that archives to an object storage. */
const PLUGIN = "barman-cloud.cloudnative-pg.io";
/** Folder of the archive in the bucket; backups by pg_dump are files beside it. */
const FOLDER = "cloudnativepg";

/** Settings of servers that CloudNativePG runs. */
export interface OperatedPostgresSettings extends Resources {
  /** Size of each server's volume. It can grow if the storage class allows expansion, and never shrinks. */
  readonly storage: string;
  /** Storage class of the volumes; null for the cluster's default. */
  readonly storageClass: string | null;
  readonly cloudnativepg: {
    /** Servers, 3 to 9. */
    readonly instances: number;
    /** Image of the servers, whose tag begins with the major version. */
    readonly image: string;
  };
}

export interface OperatedPostgresArgs {
  readonly platform: Platform;
  readonly settings: OperatedPostgresSettings;
  /** Database and role, as the services connect to them. */
  readonly connection: Pick<DatabaseConnection, "name" | "user">;
  /** Backups; with a bucket, the operator also archives every change there. Null for none. */
  readonly backup: BackupSettings | null;
  /** What must exist before the servers start: the Secret. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Postgres servers that the CloudNativePG operator of the cluster runs: one primary, and copies of which one has every
 * change before it is confirmed. Needs the operator, and its Barman Cloud plugin where backups go to a bucket.
 *
 * @example new OperatedPostgres("postgres", { platform, settings, connection, backup, after: [secret] })
 */
export class OperatedPostgres extends pulumi.ComponentResource {
  /** The servers. Resources that depend on them wait until all are ready. */
  public readonly cluster: pulumi.Resource;

  public constructor(name: string, args: OperatedPostgresArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    checkPostgres(args.settings);
    const bucket = args.backup?.s3 ?? null;
    const login = this.createLogin(name, args);
    const store = bucket ? this.createStore(name, args, bucket) : [];
    this.cluster = this.createCluster(name, args, [login, ...store]);
    if (args.backup && bucket) this.createSchedule(name, args, args.backup.schedule);
    this.registerOutputs({});
  }

  /** The operator reads the password of the role from a Secret of its own form. */
  private createLogin(name: string, { platform, connection }: OperatedPostgresArgs): pulumi.Resource {
    const own = metadataOf(platform, loginName(platform));
    // The operator follows changes of Secrets with this label alone.
    const metadata = { ...own, labels: { ...own.labels, "cnpg.io/reload": "true" } };
    const stringData = { username: connection.user, password: platform.values.DATABASE_PASSWORD ?? "" };
    const args = { metadata, type: "kubernetes.io/basic-auth", stringData };
    return new k8s.core.v1.Secret(`${name}-login`, args, { parent: this });
  }

  private createStore(name: string, { platform, backup }: OperatedPostgresArgs, bucket: BackupBucket) {
    const metadata = metadataOf(platform, clusterName(platform.names.postgres));
    // The plugin takes the region from a Secret alone.
    const region = new k8s.core.v1.Secret(
      `${name}-region`,
      { metadata: { ...metadata, name: regionName(platform) }, stringData: { region: bucket.region } },
      { parent: this },
    );
    const spec = objectStoreSpec(platform, bucket, backup?.keep ?? 0);
    const args = { apiVersion: PLUGIN_API, kind: "ObjectStore", metadata, spec };
    return [region, new k8s.apiextensions.CustomResource(`${name}-store`, args, { parent: this })];
  }

  private createCluster(name: string, args: OperatedPostgresArgs, before: pulumi.Resource[]): pulumi.Resource {
    const { platform, after } = args;
    const own = metadataOf(platform, clusterName(platform.names.postgres));
    const metadata = { ...own, annotations: { "pulumi.com/waitFor": "condition=Ready" } };
    const cluster = { apiVersion: OPERATOR_API, kind: "Cluster", metadata, spec: clusterSpec(args) };
    return new k8s.apiextensions.CustomResource(name, cluster, {
      parent: this,
      dependsOn: [...after, ...before],
      // The operator deletes the volumes with the Cluster, so somebody must do that on purpose.
      retainOnDelete: true,
      // The servers are made one after the other.
      customTimeouts: rolloutTimeouts("several", args.settings.cloudnativepg.instances * platform.deadlineSeconds),
    });
  }

  private createSchedule(name: string, { platform }: OperatedPostgresArgs, schedule: string): void {
    const metadata = metadataOf(platform, clusterName(platform.names.postgres));
    const spec = scheduledBackupSpec(platform, schedule);
    const args = { apiVersion: OPERATOR_API, kind: "ScheduledBackup", metadata, spec };
    new k8s.apiextensions.CustomResource(`${name}-schedule`, args, { parent: this, dependsOn: this.cluster });
  }
}

function metadataOf({ names, namespace }: Platform, name: string) {
  return { name, namespace, labels: labels(clusterName(names.postgres), COMPONENT) };
}

function loginName({ names }: Platform): string {
  return `${clusterName(names.postgres)}-login`;
}

function regionName({ names }: Platform): string {
  return `${clusterName(names.postgres)}-region`;
}

export function clusterSpec({ platform, settings, connection, backup }: OperatedPostgresArgs) {
  const { cloudnativepg, storage, storageClass } = settings;
  const passwordSecret = { name: loginName(platform) };
  const barmanObjectName = clusterName(platform.names.postgres);
  return {
    instances: cloudnativepg.instances,
    imageName: cloudnativepg.image,
    imagePullSecrets: platform.imagePullSecrets.map((name) => ({ name })),
    postgresql: {
      parameters: { max_connections: String(serverConnections.most) },
      // Whatever a service was told to be stored is on a second server. Writing waits when there is none, and a server
      // that may lack something is not made the primary.
      synchronous: { method: "any", number: 1, dataDurability: "required", failoverQuorum: true },
    },
    bootstrap: {
      initdb: { database: connection.name, owner: connection.user, secret: passwordSecret, dataChecksums: true },
    },
    // A backup is restored beside the database in use.
    managed: {
      roles: [{ name: connection.user, ensure: "present", login: true, createdb: true, passwordSecret }],
    },
    storage: { size: storage, ...(storageClass === null ? {} : { storageClass }) },
    resources: resourceRequirements(settings),
    ...(backup?.s3 ? { plugins: [{ name: PLUGIN, isWALArchiver: true, parameters: { barmanObjectName } }] } : {}),
  };
}

/** @param days how far back the archive goes */
export function objectStoreSpec(platform: Platform, { bucket, prefix, endpoint }: BackupBucket, days: number) {
  const inSecret = (key: string, name = platform.names.secrets) => ({ name, key });
  return {
    retentionPolicy: `${days}d`,
    configuration: {
      destinationPath: `s3://${bucket}/${prefix}${FOLDER}/`,
      ...(endpoint === null ? {} : { endpointURL: endpoint }),
      s3Credentials: {
        accessKeyId: inSecret("BACKUP_S3_ACCESS_KEY"),
        secretAccessKey: inSecret("BACKUP_S3_SECRET_KEY"),
        region: inSecret("region", regionName(platform)),
      },
      data: { compression: "gzip" },
      wal: { compression: "gzip" },
    },
  };
}

/** @param schedule as cron writes it; the operator wants seconds before it */
export function scheduledBackupSpec({ names }: Platform, schedule: string) {
  return {
    schedule: `0 ${schedule}`,
    immediate: true,
    backupOwnerReference: "self",
    cluster: { name: clusterName(names.postgres) },
    method: "plugin",
    pluginConfiguration: { name: PLUGIN },
  };
}
