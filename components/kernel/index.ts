import * as pulumi from "@pulumi/pulumi";
import { mountedAuthorities } from "../lib/authorities";
import { NO_INPUTS } from "../lib/component";
import { type OwnValues, serviceEnvironment } from "../lib/environment";
import type { PlatformArgs } from "../lib/platform";
import { aiSettings, httpLiveness, httpReadiness, kernelSettings, shutdownTimes, without } from "@nexus/contract";
import type { Resources } from "@nexus/contract";
import { Workload } from "../workload";
import type { WorkloadArgs } from "../workload/args";
import { type Autoscaling, createAutoscaler } from "../workload/autoscaler";

const TYPE = "nexus:kernel:Kernel";
const COMPONENT = "kernel";
const USER = 1000;

export interface KernelArgs extends PlatformArgs, Resources {
  /** Image to run, by digest. A change rolls the pods. */
  readonly image: pulumi.Input<string>;
  /** What must exist before the pods start: the database with its schema, where there is one. */
  readonly after: readonly pulumi.Resource[];
  /** Port of the HTTP API. @default 3000 */
  readonly httpPort?: number;
  /** Port of the WebSocket API. @default 3001 */
  readonly wsPort?: number;
  /** The Service's port of the HTTP API; null for that of the pods. @default null */
  readonly serviceHttpPort?: number | null;
  /** The Service's port of the WebSocket API; null for that of the pods. @default null */
  readonly serviceWsPort?: number | null;
  /** Port of every node that leads to the HTTP API; null for none. @default null */
  readonly nodePort?: number | null;
  /** Serves /ai/ as well; needs the cache. @default false */
  readonly ai?: boolean;
  /** Least important log lines; null for the shared setting. @default null */
  readonly logLevel?: string | null;
  /** The autoscaler; null runs `replicas` pods. @default null */
  readonly autoscaling?: Autoscaling | null;
  /** Pods to run where nothing scales them, 1 to 20. @default 1 */
  readonly replicas?: number;
  /** Path whose failure restarts a pod. @default "/health" */
  readonly livenessPath?: string;
  /** Path whose failure takes a pod out of its Service. @default "/ready" */
  readonly readinessPath?: string;
  /** Size of the memory-backed cache, which counts against the memory limit. @default "128Mi" */
  readonly cacheSize?: string;
  /** Seconds a pod gets to end its work. @default 30 */
  readonly terminationGraceSeconds?: number;
}

export type ResolvedKernel = Required<KernelArgs>;

export function normalizeKernelArgs(args: KernelArgs): ResolvedKernel {
  return {
    ...args,
    httpPort: args.httpPort ?? 3000,
    wsPort: args.wsPort ?? 3001,
    serviceHttpPort: args.serviceHttpPort ?? null,
    serviceWsPort: args.serviceWsPort ?? null,
    nodePort: args.nodePort ?? null,
    ai: args.ai ?? false,
    logLevel: args.logLevel ?? null,
    autoscaling: args.autoscaling ?? null,
    replicas: args.replicas ?? 1,
    livenessPath: args.livenessPath ?? "/health",
    readinessPath: args.readinessPath ?? "/ready",
    cacheSize: args.cacheSize ?? "128Mi",
    terminationGraceSeconds: args.terminationGraceSeconds ?? 30,
  };
}

/**
 * Runs the workspace kernel: Deployment, Service, account, disruption budget, and an autoscaler where one is asked for.
 * Needs the shared settings and Secret in its namespace.
 *
 * @example new Kernel("kernel", { ...platform, ...config.kernel, image, after: [migration] })
 */
export class Kernel extends pulumi.ComponentResource {
  public constructor(name: string, args: KernelArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    const kernel = normalizeKernelArgs(args);
    const { deployment } = new Workload(`${name}-workload`, kernelWorkload(kernel), { parent: this });
    if (kernel.autoscaling) this.createAutoscaler(name, kernel, kernel.autoscaling, deployment);
    this.registerOutputs({});
  }

  private createAutoscaler(
    name: string,
    { names, namespace }: ResolvedKernel,
    autoscaling: Autoscaling,
    deployment: pulumi.Resource,
  ): void {
    const args = { workload: names.kernel, component: COMPONENT, namespace, autoscaling };
    createAutoscaler(`${name}-autoscaler`, args, { parent: this, dependsOn: [deployment] });
  }
}

/** The kernel as a workload. */
export function kernelWorkload(kernel: ResolvedKernel): WorkloadArgs {
  const { autoscaling, httpPort, wsPort, serviceHttpPort, serviceWsPort } = kernel;
  const reads = kernel.ai ? kernelSettings : without(kernelSettings, aiSettings);
  const { env, checksum } = serviceEnvironment(kernel, reads, ownValues(kernel));
  return {
    name: kernel.names.kernel,
    component: COMPONENT,
    namespace: kernel.namespace,
    image: kernel.image,
    imagePullSecrets: kernel.imagePullSecrets,
    deadlineSeconds: kernel.deadlineSeconds,
    user: USER,
    ports: [
      { name: "http", container: httpPort, service: serviceHttpPort ?? httpPort },
      { name: "websocket", container: wsPort, service: serviceWsPort ?? wsPort },
    ],
    env: env,
    files: mountedAuthorities(kernel),
    resources: { requests: kernel.requests, limits: kernel.limits },
    livenessProbe: httpLiveness(kernel.livenessPath, "http"),
    readinessProbe: httpReadiness(kernel.readinessPath, "http"),
    scratch: [
      { name: "tmp", path: "/tmp" },
      { name: "cache", path: kernelSettings.CACHE_DIR.default, medium: "Memory", sizeLimit: kernel.cacheSize },
    ],
    replicas: autoscaling ? null : kernel.replicas,
    minReplicas: autoscaling ? autoscaling.minReplicas : kernel.replicas,
    checksum,
    metricsPort: httpPort,
    nodePort: kernel.nodePort,
    terminationGraceSeconds: kernel.terminationGraceSeconds,
    after: kernel.after,
  };
}

function ownValues(kernel: ResolvedKernel): OwnValues<typeof kernelSettings> {
  const { SHUTDOWN_TIMEOUT_MS, SHUTDOWN_ANSWERS_MS } = shutdownTimes(kernel.terminationGraceSeconds);
  return {
    HTTP_PORT: kernel.httpPort,
    WS_PORT: kernel.wsPort,
    LOG_LEVEL: kernel.logLevel,
    SHUTDOWN_TIMEOUT_MS,
    ...(kernel.ai ? { AI_ENABLED: true, SHUTDOWN_ANSWERS_MS } : {}),
  };
}
