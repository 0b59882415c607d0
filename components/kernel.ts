import * as pulumi from "@pulumi/pulumi";
import {
  aiSettings,
  httpProbes,
  kernelSettings,
  redisSettings,
  type Resources,
  shutdownTimes,
  without,
} from "@nexus/contract";
import { mountedAuthorities } from "./lib/authorities";
import { NO_INPUTS } from "./lib/component";
import { type OwnValues, serviceEnvironment } from "./lib/environment";
import type { Platform } from "./lib/platform";
import { Workload } from "./workload";
import { TMP, type WorkloadArgs } from "./workload/args";
import { type Autoscaling, createAutoscaler, type PodMetric } from "./workload/autoscaler";

const TYPE = "nexus:kernel:Kernel";
const COMPONENT = "kernel";
const USER = 1000;

/** Settings of the kernel. */
export interface KernelSettings extends Resources {
  /** Port of the HTTP API. */
  readonly httpPort: number;
  /** Port of the WebSocket API. */
  readonly wsPort: number;
  /** The Service's port of the HTTP API; null for that of the pods. */
  readonly serviceHttpPort: number | null;
  /** The Service's port of the WebSocket API; null for that of the pods. */
  readonly serviceWsPort: number | null;
  /** Serves /ai/ as well; needs the cache. */
  readonly ai: boolean;
  /** Log level; null for the shared setting. */
  readonly logLevel: string | null;
  /** The autoscaler; null runs `replicas` pods. */
  readonly autoscaling: (Autoscaling & { readonly activeWorkspaces: PodMetric | null }) | null;
  /** Number of pods if there is no autoscaler, 1 to 20. */
  readonly replicas: number;
  /** Path whose failure restarts a pod. */
  readonly livenessPath: string;
  /** Path whose failure takes a pod out of its Service. */
  readonly readinessPath: string;
  /** Size of the memory-backed cache, which counts against the memory limit. */
  readonly cacheSize: string;
  /** Seconds that a pod has to finish its work. */
  readonly terminationGraceSeconds: number;
}

export interface KernelArgs {
  readonly platform: Platform;
  /** Image to run, by digest. A change rolls the pods. */
  readonly image: pulumi.Input<string>;
  /** What must exist before the pods start: the database with its schema, if there is one. */
  readonly after: readonly pulumi.Resource[];
  /** Port of every node that leads to the HTTP API; null for none. */
  readonly nodePort: number | null;
  /** Number of proxies in front that add the caller's address, 0 to 10. */
  readonly trustedProxies: number;
  readonly settings: KernelSettings;
}

/**
 * Runs the workspace kernel: Deployment, Service, account, disruption budget, and an autoscaler if one is configured.
 * Needs the shared settings and Secret in its namespace.
 *
 * @example new Kernel("kernel", { platform, image, after: [migration], nodePort: null, trustedProxies: 1, settings })
 */
export class Kernel extends pulumi.ComponentResource {
  public constructor(name: string, args: KernelArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    const { namespace, names } = args.platform;
    const { autoscaling } = args.settings;
    const { deployment } = new Workload(`${name}-workload`, kernelWorkload(args), { parent: this });
    if (autoscaling) {
      const scaled = {
        workload: names.kernel,
        component: COMPONENT,
        namespace,
        autoscaling,
        resources: { requests: args.settings.requests, limits: args.settings.limits },
        podMetric: autoscaling.activeWorkspaces,
      };
      createAutoscaler(`${name}-autoscaler`, scaled, { parent: this, dependsOn: [deployment] });
    }
    this.registerOutputs({});
  }
}

/** The kernel as a workload. */
export function kernelWorkload(args: KernelArgs): WorkloadArgs {
  const { platform, image, after, nodePort, settings } = args;
  const { autoscaling, httpPort, wsPort, serviceHttpPort, serviceWsPort } = settings;
  const reads = settings.ai ? kernelSettings : without(kernelSettings, { ...aiSettings, ...redisSettings });
  const { env, checksum } = serviceEnvironment(platform, reads, ownValues(args));
  return {
    platform,
    name: platform.names.kernel,
    component: COMPONENT,
    image,
    user: USER,
    ports: [
      { name: "http", container: httpPort, service: serviceHttpPort ?? httpPort },
      { name: "websocket", container: wsPort, service: serviceWsPort ?? wsPort },
    ],
    env,
    command: undefined,
    files: mountedAuthorities(platform),
    clusterToken: null,
    resources: { requests: settings.requests, limits: settings.limits },
    ...httpProbes("http", settings.livenessPath, settings.readinessPath),
    scratch: [
      TMP,
      { name: "cache", path: kernelSettings.CACHE_DIR.default, medium: "Memory", sizeLimit: settings.cacheSize },
    ],
    replicas: autoscaling ? null : settings.replicas,
    mostPods: autoscaling ? autoscaling.maxReplicas : settings.replicas,
    strategy: "rolling",
    checksum,
    metricsPort: httpPort,
    nodePort,
    terminationGraceSeconds: settings.terminationGraceSeconds,
    after,
  };
}

function ownValues({ platform, trustedProxies, settings }: KernelArgs): OwnValues<typeof kernelSettings> {
  const { SHUTDOWN_TIMEOUT_MS, SHUTDOWN_ANSWERS_MS } = shutdownTimes(settings.terminationGraceSeconds);
  return {
    HTTP_PORT: settings.httpPort,
    WS_PORT: settings.wsPort,
    LOG_LEVEL: settings.logLevel,
    API_KEYS_URL: platform.urls.backend,
    AI_URL: platform.urls.nexusOs,
    TRUSTED_PROXIES: trustedProxies,
    SHUTDOWN_TIMEOUT_MS,
    ...(settings.ai ? { AI_ENABLED: true, SHUTDOWN_ANSWERS_MS } : {}),
  };
}
