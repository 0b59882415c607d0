import * as pulumi from "@pulumi/pulumi";
import {
  backendSettings,
  containerPorts,
  GRACE_SECONDS,
  httpProbes,
  OWN_CLUSTER_FOLDER,
  type Resources,
  shutdownTimes,
} from "@nexus/contract";
import { mountedAuthorities } from "../lib/authorities";
import { NO_INPUTS } from "../lib/component";
import { serviceEnvironment } from "../lib/environment";
import type { Platform } from "../lib/platform";
import { Workload } from "../workload";
import { TMP, type WorkloadArgs } from "../workload/args";

const TYPE = "nexus:graphstudio:Backend";
const USER = 1000;

/** Settings of one service of the studio. */
export interface StudioSettings extends Resources {
  /** Pods to run, 1 to 20. */
  readonly replicas: number;
  /** Log level; null for the shared setting. */
  readonly logLevel: string | null;
}

export interface BackendArgs {
  readonly platform: Platform;
  /** Image to run, by digest. A change rolls the pods. */
  readonly image: pulumi.Input<string>;
  /** What must exist before the pods start: the database with its schema. */
  readonly after: readonly pulumi.Resource[];
  /** Number of proxies in front that add the caller's address, 1 to 10: the studio, and an Ingress before it. */
  readonly trustedProxies: number;
  /** Whether tenants deploy to this cluster. */
  readonly ownCluster: boolean;
  readonly settings: StudioSettings;
}

/**
 * Accounts and sessions of the studio. Needs the shared settings and Secret in its namespace.
 *
 * @example new Backend("backend", { platform, image, after: [migration], trustedProxies: 1, ownCluster: false, settings })
 */
export class Backend extends pulumi.ComponentResource {
  public constructor(name: string, args: BackendArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    new Workload(`${name}-workload`, backendWorkload(args), { parent: this });
    this.registerOutputs({});
  }
}

/** The backend as a workload. */
export function backendWorkload({
  platform,
  image,
  after,
  trustedProxies,
  ownCluster,
  settings,
}: BackendArgs): WorkloadArgs {
  const { env, checksum } = serviceEnvironment(platform, backendSettings, {
    HTTP_PORT: containerPorts.backend,
    TRUSTED_PROXIES: trustedProxies,
    LOG_LEVEL: settings.logLevel,
    SHUTDOWN_TIMEOUT_MS: shutdownTimes(GRACE_SECONDS).SHUTDOWN_TIMEOUT_MS,
  });
  return {
    platform,
    name: platform.names.backend,
    component: "accounts",
    image,
    user: USER,
    ports: [{ name: "http", container: containerPorts.backend, service: containerPorts.backend }],
    env,
    command: undefined,
    files: mountedAuthorities(platform),
    clusterToken: ownCluster ? OWN_CLUSTER_FOLDER : null,
    resources: { requests: settings.requests, limits: settings.limits },
    ...httpProbes("http", "/health", "/ready"),
    scratch: [TMP],
    replicas: settings.replicas,
    mostPods: settings.replicas,
    strategy: "rolling",
    checksum,
    metricsPort: containerPorts.backend,
    nodePort: null,
    terminationGraceSeconds: GRACE_SECONDS,
    after,
  };
}
