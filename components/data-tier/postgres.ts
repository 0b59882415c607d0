import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "../lib/component";
import { literal, secretVariable } from "../lib/environment";
import { labels, selectorLabels } from "../lib/labels";
import { containerPorts, execProbes, rolloutTimeouts, serverConnections } from "@nexus/contract";
import { NexusError } from "@nexus/host";
import type { Platform } from "../lib/platform";
import { containerSecurityContext, imagePulls, podSecurityContext } from "../lib/pod-security";
import { checkVolume, growVolume, type Volume, type VolumeSettings } from "./volume";
import { type Names, resourceProblems, resourceRequirements, type Resources } from "@nexus/contract";

const TYPE = "nexus:data:Postgres";
const COMPONENT = "database";
const USER = 999;
const DATA = "/var/lib/postgresql/data";
/** Time to end connections and to write memory to disk. A server that is killed must recover at the next start. */
const STOP_SECONDS = 120;
/**
 * Exit codes: 0 accepts connections; 1 refuses them during start or recovery; 2 no answer. Over TCP, because during the
 * first start only the Unix socket answers, before the database exists.
 */
const IS_READY = ["pg_isready", "-h", "127.0.0.1", "-U", "nexus", "-d", "nexus"];

/** Settings of the database server. */
export interface PostgresSettings extends Resources, VolumeSettings {
  /** Image of the server. Another major version cannot read the volume. */
  readonly image: string;
  /** Size of the volume. It can grow if the storage class allows expansion, and never shrinks. */
  readonly storage: string;
  /** Storage class of the volume, which cannot change later; null for the cluster's default. */
  readonly storageClass: string | null;
}

export interface PostgresArgs {
  readonly platform: Platform;
  /** What must exist before the pods start. */
  readonly after: readonly pulumi.Resource[];
  readonly settings: PostgresSettings;
  /** The existing volume; null for none. */
  readonly volume: Volume | null;
}

/** @throws NexusError that lists every contradiction */
export function checkPostgres(settings: Resources): void {
  const problems = resourceProblems(settings).map(({ field, text }) => `requests.${field}: ${text}`);
  if (problems.length > 0) throw new NexusError("Postgres contradicts itself:", problems);
}

/**
 * One Postgres server on a volume of its own. Needs the shared Secret in its namespace.
 *
 * @example new Postgres("postgres", { platform, after: [secret], settings: config.postgres })
 */
export class Postgres extends pulumi.ComponentResource {
  /** The server. Resources that depend on it wait until it accepts connections. */
  public readonly server: k8s.apps.v1.StatefulSet;

  public constructor(name: string, args: PostgresArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    checkPostgres(args.settings);
    checkVolume(args.volume, args.settings);
    const { namespace, names } = args.platform;
    const metadata = { name: names.postgres, namespace, labels: labels(names.postgres, COMPONENT) };
    const account = this.createServiceAccount(name, metadata);
    const service = this.createService(name, names.postgres, metadata);
    this.server = this.createServer(name, args, metadata, [account, service, ...args.after]);
    const claimed = { parent: this, dependsOn: this.server };
    growVolume(`${name}-volume`, args.volume, args.settings.storage, { name: names.postgres, namespace }, claimed);
    this.registerOutputs({});
  }

  private createServiceAccount(name: string, metadata: object): pulumi.Resource {
    const args = { metadata, automountServiceAccountToken: false };
    return new k8s.core.v1.ServiceAccount(`${name}-account`, args, { parent: this });
  }

  private createService(name: string, host: string, metadata: object): pulumi.Resource {
    const annotations = { "pulumi.com/skipAwait": "true" };
    const args = { metadata: { ...metadata, annotations }, spec: postgresServiceSpec(host) };
    return new k8s.core.v1.Service(`${name}-service`, args, { parent: this });
  }

  private createServer(name: string, args: PostgresArgs, metadata: object, dependsOn: pulumi.Resource[]) {
    const options = { parent: this, dependsOn, customTimeouts: rolloutTimeouts("one", args.platform.deadlineSeconds) };
    return new k8s.apps.v1.StatefulSet(name, { metadata, spec: postgresSpec(args) }, options);
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

export function postgresSpec({ platform, settings, volume }: PostgresArgs) {
  const name = platform.names.postgres;
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
        ...imagePulls(platform.imagePullSecrets),
        securityContext: podSecurityContext(USER),
        terminationGracePeriodSeconds: STOP_SECONDS,
        containers: [postgresContainer(platform.names, settings)],
        volumes: [
          { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
          { name: "run", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
        ],
      },
    },
    // Another size here would replace the StatefulSet without changing the volume.
    volumeClaimTemplates: [volumeClaim(name, { ...settings, storage: volume?.made ?? settings.storage })],
  };
}

function postgresContainer(names: Names, settings: PostgresSettings) {
  return {
    name: names.postgres,
    image: settings.image,
    args: ["postgres", "-c", `max_connections=${serverConnections.most}`],
    env: [
      // A directory below the mount: a fresh volume may hold lost+found, which initdb refuses.
      ...literal({ POSTGRES_USER: "nexus", POSTGRES_DB: "nexus", PGDATA: `${DATA}/pgdata` }),
      secretVariable(names.secrets, "POSTGRES_PASSWORD", "DATABASE_PASSWORD"),
    ],
    ports: [{ name: "postgres", containerPort: containerPorts.postgres }],
    ...execProbes(["sh", "-c", `${IS_READY.join(" ")}; [ $? -lt 2 ]`], IS_READY),
    resources: resourceRequirements(settings),
    securityContext: containerSecurityContext,
    volumeMounts: [
      { name: "data", mountPath: DATA },
      { name: "tmp", mountPath: "/tmp" },
      { name: "run", mountPath: "/var/run/postgresql" },
    ],
  };
}

function volumeClaim(name: string, { storage, storageClass }: VolumeSettings) {
  return {
    metadata: { name: "data", labels: selectorLabels(name) },
    spec: {
      accessModes: ["ReadWriteOnce"],
      ...(storageClass === null ? {} : { storageClassName: storageClass }),
      resources: { requests: { storage } },
    },
  };
}
