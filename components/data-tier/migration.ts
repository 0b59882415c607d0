import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { fileMount, fileVolume, mountedAuthorities } from "../lib/authorities";
import { NO_INPUTS } from "../lib/component";
import { serviceEnvironment } from "../lib/environment";
import { labels } from "../lib/labels";
import {
  type migrationJobSettings,
  migrationName,
  migrationResources,
  resourceRequirements,
  rolloutTimeouts,
} from "@nexus/contract";
import type { Platform } from "../lib/platform";
import { containerSecurityContext, imagePulls, podSecurityContext } from "../lib/pod-security";

const TYPE = "nexus:data:Migration";
const USER = 1000;

export interface MigrationArgs {
  readonly platform: Platform;
  /** Workload whose schema is brought up to date. */
  readonly workload: string;
  /** Image of that workload. A change runs the migration again. */
  readonly image: pulumi.Input<string>;
  /** What the Job reads. */
  readonly settings: typeof migrationJobSettings;
  /** How often the secrets were rotated. A change prepares the database for the next rotation. */
  readonly rotation: number;
  /** The database, which must accept connections first. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Brings a service's database schema and the database's roles up to date before the service is rolled out. Running it
 * again changes nothing.
 *
 * @example new Migration("kernel-migration", { platform, workload: "workspace-kernel", image, settings, rotation: 0, after })
 */
export class Migration extends pulumi.ComponentResource {
  /** The Job. Resources that depend on it wait until the schema is up to date. */
  public readonly job: k8s.batch.v1.Job;

  public constructor(name: string, args: MigrationArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    const object = migrationName(args.workload);
    const metadata = { name: object, namespace: args.platform.namespace, labels: labels(object, "migration") };
    const account = this.createServiceAccount(name, metadata);
    this.job = this.createJob(name, args, metadata, account);
    this.registerOutputs({});
  }

  private createServiceAccount(name: string, metadata: object): pulumi.Resource {
    const args = { metadata, automountServiceAccountToken: false };
    return new k8s.core.v1.ServiceAccount(`${name}-account`, args, { parent: this });
  }

  private createJob(name: string, args: MigrationArgs, metadata: object, account: pulumi.Resource): k8s.batch.v1.Job {
    // A failed Job (on a full node, for example) is replaced by the next update. Without this, the next update would
    // find the failed Job and fail too.
    const annotations = { "pulumi.com/replaceUnready": "true" };
    return new k8s.batch.v1.Job(
      name,
      { metadata: { ...metadata, annotations }, spec: migrationSpec(args) },
      {
        parent: this,
        dependsOn: [account, ...args.after],
        // A Job cannot change, and its name is fixed.
        deleteBeforeReplace: true,
        customTimeouts: { ...rolloutTimeouts("one", args.platform.deadlineSeconds), delete: "1m" },
      },
    );
  }
}

export function migrationSpec({ platform, workload, image, settings, rotation }: MigrationArgs) {
  const name = migrationName(workload);
  const files = mountedAuthorities(platform);
  return {
    backoffLimit: 3,
    activeDeadlineSeconds: platform.deadlineSeconds,
    template: {
      metadata: { labels: labels(name, "migration") },
      spec: {
        restartPolicy: "Never",
        serviceAccountName: name,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        ...imagePulls(platform.imagePullSecrets),
        securityContext: podSecurityContext(USER),
        containers: [
          {
            name,
            image: image,
            command: ["node", "dist/migrate.js"],
            env: serviceEnvironment(platform, settings, { ROTATION: rotation }).env,
            resources: resourceRequirements(migrationResources),
            securityContext: containerSecurityContext,
            volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, ...files.map(fileMount)],
          },
        ],
        volumes: [{ name: "tmp", emptyDir: { sizeLimit: "64Mi" } }, ...files.map(fileVolume)],
      },
    },
  };
}
