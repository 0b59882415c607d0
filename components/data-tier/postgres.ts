import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "../lib/component";
import { literal, secretVariable } from "../lib/environment";
import { labels, selectorLabels } from "../lib/labels";
import { containerPorts, execProbes, rolloutTimeouts } from "@nexus/contract";
import { NexusError } from "@nexus/host";
import type { PlatformArgs } from "../lib/platform";
import { containerSecurityContext, imagePulls, podSecurityContext } from "../lib/pod-security";
import { resourceProblems, resourceRequirements, type Resources } from "@nexus/contract";

const TYPE = "nexus:data:Postgres";
const COMPONENT = "database";
const USER = 999;
const DATA = "/var/lib/postgresql/data";

export interface PostgresArgs extends PlatformArgs, Resources {
  /** Image of the server. Another major version cannot read the volume. */
  readonly image: pulumi.Input<string>;
  /** What must exist before the pods start. */
  readonly after: readonly pulumi.Resource[];
  /** Size of the volume. A change replaces the StatefulSet; the volume itself stays as it is. @default "10Gi" */
  readonly storage?: string;
  /** Storage class of the volume; null for the cluster's default. @default null */
  readonly storageClass?: string | null;
}

export type ResolvedPostgres = Required<PostgresArgs>;

/** @throws NexusError with everything that contradicts itself */
export function normalizePostgresArgs(args: PostgresArgs): ResolvedPostgres {
  const problems = resourceProblems(args).map(({ field, text }) => `requests.${field}: ${text}`);
  if (problems.length > 0) throw new NexusError("Postgres contradicts itself:", problems);
  return { ...args, storage: args.storage ?? "10Gi", storageClass: args.storageClass ?? null };
}

/**
 * One Postgres server on a volume of its own. Needs the shared Secret in its namespace.
 *
 * @example new Postgres("postgres", { ...platform, ...config.postgres, after: [secret] })
 */
export class Postgres extends pulumi.ComponentResource {
  /** The server; whoever depends on it waits until it takes connections. */
  public readonly server: k8s.apps.v1.StatefulSet;

  public constructor(name: string, args: PostgresArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    const postgres = normalizePostgresArgs(args);
    const { namespace, names } = postgres;
    const metadata = { name: names.postgres, namespace, labels: labels(names.postgres, COMPONENT) };
    const account = this.createServiceAccount(name, metadata);
    const service = this.createService(name, postgres, metadata);
    this.server = this.createServer(name, postgres, metadata, [account, service, ...postgres.after]);
    this.registerOutputs({});
  }

  private createServiceAccount(name: string, metadata: object): pulumi.Resource {
    const args = { metadata, automountServiceAccountToken: false };
    return new k8s.core.v1.ServiceAccount(`${name}-account`, args, { parent: this });
  }

  private createService(name: string, { names }: ResolvedPostgres, metadata: object): pulumi.Resource {
    const annotations = { "pulumi.com/skipAwait": "true" };
    const args = { metadata: { ...metadata, annotations }, spec: postgresServiceSpec(names.postgres) };
    return new k8s.core.v1.Service(`${name}-service`, args, { parent: this });
  }

  private createServer(name: string, postgres: ResolvedPostgres, metadata: object, dependsOn: pulumi.Resource[]) {
    const options = { parent: this, dependsOn, customTimeouts: rolloutTimeouts("one", postgres.deadlineSeconds) };
    return new k8s.apps.v1.StatefulSet(name, { metadata, spec: postgresSpec(postgres) }, options);
  }
}

/** Headless: the one server has a name of its own, postgres-0.postgres (A6). */
export function postgresServiceSpec(name: string) {
  return {
    clusterIP: "None",
    selector: selectorLabels(name),
    ports: [{ name: "postgres", port: containerPorts.postgres, targetPort: "postgres", protocol: "TCP" }],
  };
}

export function postgresSpec(postgres: ResolvedPostgres) {
  const name = postgres.names.postgres;
  return {
    serviceName: name,
    replicas: 1,
    revisionHistoryLimit: 5,
    selector: { matchLabels: selectorLabels(name) },
    template: {
      metadata: { labels: labels(name, COMPONENT) },
      spec: {
        serviceAccountName: name,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        ...imagePulls(postgres.imagePullSecrets),
        securityContext: podSecurityContext(USER),
        terminationGracePeriodSeconds: 60,
        containers: [postgresContainer(postgres)],
        volumes: [
          { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
          { name: "run", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
        ],
      },
    },
    volumeClaimTemplates: [volumeClaim(postgres)],
  };
}

function postgresContainer(postgres: ResolvedPostgres) {
  return {
    name: postgres.names.postgres,
    image: postgres.image,
    env: [
      // A directory below the mount: a fresh volume may hold lost+found, which initdb refuses.
      ...literal({ POSTGRES_USER: "nexus", POSTGRES_DB: "nexus", PGDATA: `${DATA}/pgdata` }),
      secretVariable(postgres.names.secrets, "POSTGRES_PASSWORD", "DATABASE_PASSWORD"),
    ],
    ports: [{ name: "postgres", containerPort: containerPorts.postgres }],
    // Over TCP: while the first start initialises the database, only the socket answers.
    ...execProbes(["pg_isready", "-h", "127.0.0.1", "-U", "nexus", "-d", "nexus"]),
    resources: resourceRequirements(postgres),
    securityContext: containerSecurityContext,
    volumeMounts: [
      { name: "data", mountPath: DATA },
      { name: "tmp", mountPath: "/tmp" },
      { name: "run", mountPath: "/var/run/postgresql" },
    ],
  };
}

function volumeClaim({ names, storage, storageClass }: ResolvedPostgres) {
  return {
    metadata: { name: "data", labels: selectorLabels(names.postgres) },
    spec: {
      accessModes: ["ReadWriteOnce"],
      ...(storageClass === null ? {} : { storageClassName: storageClass }),
      resources: { requests: { storage } },
    },
  };
}
