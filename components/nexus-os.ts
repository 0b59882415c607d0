import * as pulumi from "@pulumi/pulumi";
import { mountedAuthorities } from "./lib/authorities";
import { NO_INPUTS } from "./lib/component";
import { serviceEnvironment } from "./lib/environment";
import type { PlatformArgs } from "./lib/platform";
import { GRACE_SECONDS, httpLiveness, httpReadiness, nexusOsSettings, shutdownTimes } from "@nexus/contract";
import type { Resources } from "@nexus/contract";
import { Workload } from "./workload";
import type { WorkloadArgs } from "./workload/args";
import { type Autoscaling, createAutoscaler } from "./workload/autoscaler";

const TYPE = "nexus:ai:NexusOs";
const COMPONENT = "ai";
const USER = 1000;

export interface NexusOsArgs extends PlatformArgs, Resources {
  /** Image to run, by digest. A change rolls the pods. */
  readonly image: pulumi.Input<string>;
  /** What must exist before the pods start: the Secret and the settings. */
  readonly after: readonly pulumi.Resource[];
  /** Port of the HTTP API. @default 4000 */
  readonly httpPort?: number;
  /** Least important log lines; null for the shared setting. @default null */
  readonly logLevel?: string | null;
  /** The autoscaler; null runs `replicas` pods. @default null */
  readonly autoscaling?: Autoscaling | null;
  /** Pods to run where nothing scales them, 1 to 20. @default 1 */
  readonly replicas?: number;
}

export type ResolvedNexusOs = Required<NexusOsArgs>;

export function normalizeNexusOsArgs(args: NexusOsArgs): ResolvedNexusOs {
  return {
    ...args,
    httpPort: args.httpPort ?? 4000,
    logLevel: args.logLevel ?? null,
    autoscaling: args.autoscaling ?? null,
    replicas: args.replicas ?? 1,
  };
}

/**
 * The AI service: chat and completion for workspaces over the APIs of OpenAI and Anthropic. Needs the shared settings
 * and Secret in its namespace, and Redis for its cache.
 *
 * @example new NexusOs("nexus-os", { ...platform, ...config.nexusOs, image, after: [secret] })
 */
export class NexusOs extends pulumi.ComponentResource {
  public constructor(name: string, args: NexusOsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    const nexusOs = normalizeNexusOsArgs(args);
    const { deployment } = new Workload(`${name}-workload`, nexusOsWorkload(nexusOs), { parent: this });
    if (nexusOs.autoscaling) this.createAutoscaler(name, nexusOs, nexusOs.autoscaling, deployment);
    this.registerOutputs({});
  }

  private createAutoscaler(
    name: string,
    { names, namespace }: ResolvedNexusOs,
    autoscaling: Autoscaling,
    deployment: pulumi.Resource,
  ): void {
    const args = { workload: names.nexusOs, component: COMPONENT, namespace, autoscaling };
    createAutoscaler(`${name}-autoscaler`, args, { parent: this, dependsOn: [deployment] });
  }
}

/** The AI service as a workload. */
export function nexusOsWorkload(nexusOs: ResolvedNexusOs): WorkloadArgs {
  const { autoscaling, httpPort } = nexusOs;
  const own = { HTTP_PORT: httpPort, LOG_LEVEL: nexusOs.logLevel, ...shutdownTimes(GRACE_SECONDS) };
  const { env, checksum } = serviceEnvironment(nexusOs, nexusOsSettings, own);
  return {
    name: nexusOs.names.nexusOs,
    component: COMPONENT,
    namespace: nexusOs.namespace,
    image: nexusOs.image,
    imagePullSecrets: nexusOs.imagePullSecrets,
    deadlineSeconds: nexusOs.deadlineSeconds,
    user: USER,
    ports: [{ name: "http", container: httpPort, service: httpPort }],
    env: env,
    files: mountedAuthorities(nexusOs),
    resources: { requests: nexusOs.requests, limits: nexusOs.limits },
    livenessProbe: httpLiveness("/health", "http"),
    readinessProbe: httpReadiness("/ready", "http"),
    replicas: autoscaling ? null : nexusOs.replicas,
    minReplicas: autoscaling ? autoscaling.minReplicas : nexusOs.replicas,
    checksum,
    metricsPort: httpPort,
    after: nexusOs.after,
  };
}
