import * as pulumi from "@pulumi/pulumi";
import { mountedAuthorities } from "../lib/authorities";
import { NO_INPUTS } from "../lib/component";
import { serviceEnvironment } from "../lib/environment";
import {
  backendSettings,
  containerPorts,
  GRACE_SECONDS,
  httpLiveness,
  httpReadiness,
  shutdownTimes,
} from "@nexus/contract";
import type { PlatformArgs } from "../lib/platform";
import type { Resources } from "@nexus/contract";
import { Workload } from "../workload";
import type { WorkloadArgs } from "../workload/args";

const TYPE = "nexus:graphstudio:Backend";
const USER = 1000;

export interface BackendArgs extends PlatformArgs, Resources {
  /** Image to run, by digest. A change rolls the pods. */
  readonly image: pulumi.Input<string>;
  /** What must exist before the pods start: the database with its schema. */
  readonly after: readonly pulumi.Resource[];
  /** Pods to run, 1 to 20. @default 1 */
  readonly replicas?: number;
  /** Proxies in front that add the caller's address, 1 to 10: the studio, and an Ingress before it. @default 1 */
  readonly trustedProxies?: number;
  /** Least important log lines; null for the shared setting. @default null */
  readonly logLevel?: string | null;
}

/**
 * Accounts and sessions of the studio. Needs the shared settings and Secret in its namespace.
 *
 * @example new Backend("backend", { ...platform, ...config.graphstudio.backend, image, after: [migration] })
 */
export class Backend extends pulumi.ComponentResource {
  public constructor(name: string, args: BackendArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    new Workload(`${name}-workload`, backendWorkload(args), { parent: this });
    this.registerOutputs({});
  }
}

/** The backend as a workload. */
export function backendWorkload(backend: BackendArgs): WorkloadArgs {
  const own = {
    HTTP_PORT: containerPorts.backend,
    TRUSTED_PROXIES: backend.trustedProxies,
    LOG_LEVEL: backend.logLevel,
    SHUTDOWN_TIMEOUT_MS: shutdownTimes(GRACE_SECONDS).SHUTDOWN_TIMEOUT_MS,
  };
  const { env, checksum } = serviceEnvironment(backend, backendSettings, own);
  return {
    name: backend.names.backend,
    component: "accounts",
    namespace: backend.namespace,
    image: backend.image,
    imagePullSecrets: backend.imagePullSecrets,
    deadlineSeconds: backend.deadlineSeconds,
    user: USER,
    ports: [{ name: "http", container: containerPorts.backend, service: containerPorts.backend }],
    env: env,
    files: mountedAuthorities(backend),
    resources: { requests: backend.requests, limits: backend.limits },
    livenessProbe: httpLiveness("/health", "http"),
    readinessProbe: httpReadiness("/ready", "http"),
    replicas: backend.replicas,
    checksum,
    metricsPort: containerPorts.backend,
    after: backend.after,
  };
}
