import * as pulumi from "@pulumi/pulumi";
import { mountedAuthorities } from "../lib/authorities";
import { NO_INPUTS } from "../lib/component";
import { podVariables, serviceEnvironment } from "../lib/environment";
import { containerPorts, httpLiveness, httpReadiness } from "@nexus/contract";
import type { PlatformArgs } from "../lib/platform";
import type { Resources } from "@nexus/contract";
import { commonKeys, databaseKeys, jwtKeys, ownLogLevel, redisKeys } from "../lib/settings";
import { Workload } from "../workload";
import type { WorkloadArgs } from "../workload/args";

const TYPE = "nexus:graphstudio:Backend";
const USER = 1000;
const SETTINGS = [...commonKeys, ...databaseKeys, ...redisKeys];
const SECRETS = [...jwtKeys, "DATABASE_PASSWORD", "REDIS_PASSWORD"];

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
    HTTP_PORT: String(containerPorts.backend),
    TRUSTED_PROXIES: String(backend.trustedProxies ?? 1),
    ...ownLogLevel(backend.logLevel ?? null),
  };
  const { env, checksum } = serviceEnvironment(backend, { own, settings: SETTINGS, secrets: SECRETS });
  return {
    name: backend.names.backend,
    component: "accounts",
    namespace: backend.namespace,
    image: backend.image,
    imagePullSecrets: backend.imagePullSecrets,
    deadlineSeconds: backend.deadlineSeconds,
    user: USER,
    ports: [{ name: "http", container: containerPorts.backend, service: containerPorts.backend }],
    env: [...podVariables, ...env],
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
