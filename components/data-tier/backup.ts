import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  BACKUP_LATE_SECONDS,
  backupName,
  backupResources,
  backupSettings,
  drillName,
  resourceRequirements,
  restoreName,
} from "@nexus/contract";
import { fileMount, fileVolume, mountedAuthorities } from "../lib/authorities";
import { NO_INPUTS } from "../lib/component";
import { serviceEnvironment } from "../lib/environment";
import { labels } from "../lib/labels";
import type { Platform } from "../lib/platform";
import { containerSecurityContext, imagePulls, podSecurityContext } from "../lib/pod-security";

const TYPE = "nexus:data:Backup";
const COMPONENT = "backup";
/** The database's user, because initdb, which a drill runs, needs a user that the image knows. */
const USER = 999;
const PROGRAM = "/program";
/** A Job that takes longer is stopped. */
const DEADLINE_SECONDS = 6 * 3600;
/** A cluster that was off at night, such as that of a laptop, makes up for it, but for one night only. */
const LATE_START_SECONDS = 23 * 3600;

/** A bucket of an object storage with the API of S3. */
export interface BackupBucket {
  readonly bucket: string;
  /** Start of the names in the bucket. */
  readonly prefix: string;
  /** URL of the object storage; null for AWS. */
  readonly endpoint: string | null;
  readonly region: string;
}

/** Settings of the backups. */
export interface BackupSettings {
  /** When a backup is made, as cron writes it, in UTC. */
  readonly schedule: string;
  /** When the newest backup is restored for a test, as cron writes it, in UTC. */
  readonly drillSchedule: string;
  /** Finished backups to keep. */
  readonly keep: number;
  /** Size of the volume with the backups. */
  readonly storage: string;
  /** Storage class of that volume; null for the cluster's default. */
  readonly storageClass: string | null;
  /** Where the backups are instead of on a volume; null for the volume. */
  readonly s3: BackupBucket | null;
}

export interface BackupArgs {
  readonly platform: Platform;
  /** Image with Node.js and the program, which are copied from it. */
  readonly programImage: pulumi.Input<string>;
  /** Image with the programs of PostgreSQL, which must not be older than the server. */
  readonly serverImage: string;
  /** Room for the database that a drill makes: that of the database itself. */
  readonly databaseStorage: string;
  /** What must exist before the Jobs run. */
  readonly after: readonly pulumi.Resource[];
  /** Backup from which an empty database is filled; null for none. */
  readonly restoreFrom: string | null;
  /** The database, which must accept connections before it is filled; empty where somebody else runs it. */
  readonly database: readonly pulumi.Resource[];
  readonly settings: BackupSettings;
}

/**
 * Backups of the database on a schedule, and a drill that restores the newest one. Needs the shared Secret.
 *
 * @example new Backup("backup", { platform, programImage, serverImage, databaseStorage: "10Gi", after, settings })
 */
export class Backup extends pulumi.ComponentResource {
  /** Ends when the database is filled; empty if it need not be. */
  public readonly filled: readonly pulumi.Resource[];

  public constructor(name: string, args: BackupArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    const { platform, settings, after } = args;
    const { namespace, names } = platform;
    const workload = backupName(names.postgres);
    const metadata = { name: workload, namespace, labels: labels(workload, COMPONENT) };
    const account = this.createServiceAccount(name, metadata);
    const volume = settings.s3 === null ? [this.createVolume(name, metadata, settings)] : [];
    const create = (resource: string, object: string, schedule: string, command: "backup" | "drill") => {
      const spec = cronJobSpec(args, schedule, command);
      const own = { ...metadata, name: object };
      const options = { parent: this, dependsOn: [account, ...volume, ...after] };
      return new k8s.batch.v1.CronJob(resource, { metadata: own, spec }, options);
    };
    create(name, workload, settings.schedule, "backup");
    create(`${name}-drill`, drillName(names.postgres), settings.drillSchedule, "drill");
    const before = [account, ...volume, ...after, ...args.database];
    this.filled = args.restoreFrom === null ? [] : [this.createRestore(name, args, args.restoreFrom, before)];
    this.registerOutputs({});
  }

  private createRestore(name: string, args: BackupArgs, id: string, dependsOn: pulumi.Resource[]): pulumi.Resource {
    const { namespace, names } = args.platform;
    const own = { name: restoreName(names.postgres), namespace, labels: labels(backupName(names.postgres), COMPONENT) };
    // As for a migration: the next update makes a failed Job anew.
    const metadata = { ...own, annotations: { "pulumi.com/replaceUnready": "true" } };
    const { ttlSecondsAfterFinished: _, ...spec } = jobSpec(args, ["fill", id]);
    // The update waits for as long as the Job may take.
    const customTimeouts = { create: `${DEADLINE_SECONDS + 60}s`, update: `${DEADLINE_SECONDS + 60}s`, delete: "1m" };
    const options = { parent: this, dependsOn, deleteBeforeReplace: true, customTimeouts };
    return new k8s.batch.v1.Job(`${name}-restore`, { metadata, spec: { ...spec, backoffLimit: 0 } }, options);
  }

  private createServiceAccount(name: string, metadata: object): pulumi.Resource {
    const args = { metadata, automountServiceAccountToken: false };
    return new k8s.core.v1.ServiceAccount(`${name}-account`, args, { parent: this });
  }

  private createVolume(name: string, metadata: object, { storage, storageClass }: BackupSettings): pulumi.Resource {
    // Some storage classes make the volume only for a pod, and the first one may run at night.
    const annotations = { "pulumi.com/skipAwait": "true" };
    const spec = {
      accessModes: ["ReadWriteOnce"],
      ...(storageClass === null ? {} : { storageClassName: storageClass }),
      resources: { requests: { storage } },
    };
    const args = { metadata: { ...metadata, annotations }, spec };
    // Backups on the volume stay when the next ones go elsewhere.
    return new k8s.core.v1.PersistentVolumeClaim(`${name}-volume`, args, { parent: this, retainOnDelete: true });
  }
}

export function cronJobSpec(args: BackupArgs, schedule: string, command: "backup" | "drill") {
  return {
    schedule,
    timeZone: "Etc/UTC",
    concurrencyPolicy: "Forbid",
    startingDeadlineSeconds: LATE_START_SECONDS,
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 3,
    jobTemplate: {
      metadata: { labels: labels(backupName(args.platform.names.postgres), COMPONENT) },
      spec: jobSpec(args, [command]),
    },
  };
}

function jobSpec(args: BackupArgs, command: readonly string[]) {
  const workload = backupName(args.platform.names.postgres);
  return {
    backoffLimit: 1,
    ttlSecondsAfterFinished: BACKUP_LATE_SECONDS,
    activeDeadlineSeconds: DEADLINE_SECONDS,
    template: { metadata: { labels: labels(workload, COMPONENT) }, spec: podSpec(args, workload, command) },
  };
}

/**
 * The pod runs the image of the server, whose programs fit to it. Node.js and our program are copied into it, so nobody
 * has to build an image with both.
 */
function podSpec(args: BackupArgs, workload: string, command: readonly string[]) {
  const { platform, programImage, serverImage, databaseStorage, settings } = args;
  const usual = { resources: resourceRequirements(backupResources), securityContext: containerSecurityContext };
  const files = mountedAuthorities(platform);
  const folders = { backups: backupSettings.BACKUP_DIR.default, scratch: backupSettings.BACKUP_SCRATCH_DIR.default };
  return {
    restartPolicy: "Never",
    serviceAccountName: workload,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...imagePulls(platform.imagePullSecrets),
    securityContext: podSecurityContext(USER),
    initContainers: [
      {
        name: "program",
        image: programImage,
        command: ["cp", "/usr/local/bin/node", "dist/backup.js", PROGRAM],
        ...usual,
        volumeMounts: [{ name: "program", mountPath: PROGRAM }],
      },
    ],
    containers: [
      {
        name: workload,
        image: serverImage,
        command: [`${PROGRAM}/node`, `${PROGRAM}/backup.js`, ...command],
        env: serviceEnvironment(platform, backupSettings, ownValues(settings, folders)).env,
        ...usual,
        volumeMounts: [
          { name: "program", mountPath: PROGRAM, readOnly: true },
          { name: "tmp", mountPath: "/tmp" },
          { name: "scratch", mountPath: folders.scratch },
          ...(settings.s3 === null ? [{ name: "backups", mountPath: folders.backups }] : []),
          ...files.map(fileMount),
        ],
      },
    ],
    volumes: [
      { name: "program", emptyDir: { sizeLimit: "256Mi" } },
      { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
      { name: "scratch", emptyDir: { sizeLimit: databaseStorage } },
      ...(settings.s3 === null ? [{ name: "backups", persistentVolumeClaim: { claimName: workload } }] : []),
      ...files.map(fileVolume),
    ],
  };
}

function ownValues({ keep, s3 }: BackupSettings, { backups, scratch }: { backups: string; scratch: string }) {
  return {
    BACKUP_KEEP: keep,
    BACKUP_SCRATCH_DIR: scratch,
    // Where Kubernetes reads the last message of a container.
    BACKUP_RESULT_FILE: "/dev/termination-log",
    BACKUP_DIR: s3 === null ? backups : null,
    BACKUP_S3_BUCKET: s3?.bucket,
    BACKUP_S3_PREFIX: s3?.prefix,
    BACKUP_S3_ENDPOINT: s3?.endpoint,
    BACKUP_S3_REGION: s3?.region,
  };
}
