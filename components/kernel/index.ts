import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "../lib/component";
import { checksum, fromConfig, fromSecret, literal, podVariables, type Values } from "../lib/environment";
import { labels } from "../lib/labels";
import { serviceHost, workloads } from "../lib/naming";
import { httpLiveness, httpReadiness } from "../lib/probes";
import type { Resources } from "../lib/resources";
import { commonKeys, databaseKeys } from "../lib/settings";
import { Workload } from "../workload";
import type { WorkloadArgs } from "../workload/args";
import { type Autoscaling, autoscalerSpec } from "./autoscaler";
import { CACHE_DIR } from "./settings";

const TYPE = "nexus:kernel:Kernel";
const USER = 1000;
const CONFIG_KEYS = [
  ...commonKeys,
  ...databaseKeys,
  ...["MULTI_TENANT_MODE", "MAX_WORKSPACES_PER_POD", "IDLE_WORKSPACE_TIMEOUT_MS"],
  ...["MEMORY_LIMIT_MB", "TIMEOUT_MS", "MAX_INSTANCES", "CACHE_DIR"],
];
const SECRET_KEYS = ["JWT_SECRET_KEY", "JWT_SECRET", "DATABASE_PASSWORD", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"];

export interface KernelArgs extends Resources {
  /** Namespace of every object. */
  readonly namespace: pulumi.Output<string>;
  /** Image to run, by digest. A change rolls the pods. */
  readonly image: pulumi.Input<string>;
  /** Shared settings and secrets; a changed value that the kernel reads rolls its pods. */
  readonly values: Values;
  /** What must exist before the pods start: the database with its schema. */
  readonly after: readonly pulumi.Resource[];
  /** Port of the HTTP API. @default 3000 */
  readonly httpPort?: number;
  /** Port of the WebSocket API. @default 3001 */
  readonly wsPort?: number;
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
 * @example new Kernel("kernel", { ...config.kernel, namespace, image, values, after: [migration] })
 */
export class Kernel extends pulumi.ComponentResource {
  /** URL of the HTTP API inside the cluster. */
  public readonly endpoint: pulumi.Output<string>;
  /** URL of the WebSocket API inside the cluster. */
  public readonly socketEndpoint: pulumi.Output<string>;

  public constructor(name: string, args: KernelArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    const kernel = normalizeKernelArgs(args);
    const { deployment } = new Workload(`${name}-workload`, kernelWorkload(kernel), { parent: this });
    if (kernel.autoscaling) this.createAutoscaler(name, kernel, kernel.autoscaling, deployment);
    const host = kernel.namespace.apply((namespace) => serviceHost(workloads.kernel, namespace));
    this.endpoint = pulumi.interpolate`http://${host}:${kernel.httpPort}`;
    this.socketEndpoint = pulumi.interpolate`http://${host}:${kernel.wsPort}`;
    this.registerOutputs({ endpoint: this.endpoint, socketEndpoint: this.socketEndpoint });
  }

  private createAutoscaler(
    name: string,
    { namespace }: ResolvedKernel,
    autoscaling: Autoscaling,
    deployment: pulumi.Resource,
  ): void {
    const metadata = { name: workloads.kernel, namespace, labels: labels(workloads.kernel, "kernel") };
    const args = { metadata, spec: autoscalerSpec(autoscaling) };
    // An autoscaler without its Deployment fills the events with warnings.
    const options = { parent: this, dependsOn: [deployment] };
    new k8s.autoscaling.v2.HorizontalPodAutoscaler(`${name}-autoscaler`, args, options);
  }
}

/** The kernel as a workload. */
export function kernelWorkload(kernel: ResolvedKernel): WorkloadArgs {
  const { autoscaling, httpPort, wsPort } = kernel;
  return {
    name: workloads.kernel,
    component: "kernel",
    namespace: kernel.namespace,
    image: kernel.image,
    user: USER,
    ports: [
      { name: "http", container: httpPort, service: httpPort },
      { name: "websocket", container: wsPort, service: wsPort },
    ],
    env: [
      ...literal({ HTTP_PORT: String(httpPort), WS_PORT: String(wsPort) }),
      ...podVariables,
      ...fromConfig(CONFIG_KEYS),
      ...fromSecret(SECRET_KEYS),
    ],
    resources: { requests: kernel.requests, limits: kernel.limits },
    livenessProbe: httpLiveness(kernel.livenessPath, "http"),
    readinessProbe: httpReadiness(kernel.readinessPath, "http"),
    scratch: [
      { name: "tmp", path: "/tmp" },
      { name: "cache", path: CACHE_DIR, medium: "Memory", sizeLimit: kernel.cacheSize },
    ],
    replicas: autoscaling ? null : kernel.replicas,
    minReplicas: autoscaling ? autoscaling.minReplicas : kernel.replicas,
    checksum: checksum(kernel.values, [...CONFIG_KEYS, ...SECRET_KEYS]),
    metricsPort: httpPort,
    terminationGraceSeconds: kernel.terminationGraceSeconds,
    after: kernel.after,
  };
}
