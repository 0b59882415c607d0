import * as pulumi from "@pulumi/pulumi";
import { GRACE_SECONDS, httpProbes, nexusOsSettings, type Resources, shutdownTimes } from "@nexus/contract";
import { mountedAuthorities } from "./lib/authorities";
import { NO_INPUTS } from "./lib/component";
import { serviceEnvironment } from "./lib/environment";
import type { Platform } from "./lib/platform";
import { Workload } from "./workload";
import { TMP, type WorkloadArgs } from "./workload/args";
import { type Autoscaling, createAutoscaler } from "./workload/autoscaler";

const TYPE = "nexus:ai:NexusOs";
const COMPONENT = "ai";
const USER = 1000;

/** Settings of the AI service. */
export interface NexusOsSettings extends Resources {
  /** Port of the HTTP API. */
  readonly httpPort: number;
  /** Log level; null for the shared setting. */
  readonly logLevel: string | null;
  /** The autoscaler; null runs `replicas` pods. */
  readonly autoscaling: Autoscaling | null;
  /** Number of pods if there is no autoscaler, 1 to 20. */
  readonly replicas: number;
}

export interface NexusOsArgs {
  readonly platform: Platform;
  /** Image to run, by digest. A change rolls the pods. */
  readonly image: pulumi.Input<string>;
  /** What must exist before the pods start: the Secret and the settings. */
  readonly after: readonly pulumi.Resource[];
  /** Number of proxies in front that add the caller's address, 0 to 10. */
  readonly trustedProxies: number;
  readonly settings: NexusOsSettings;
}

/**
 * The AI service: chat and completion for workspaces over the APIs of OpenAI and Anthropic. Needs the shared settings
 * and Secret in its namespace, and Redis for its cache.
 *
 * @example new NexusOs("nexus-os", { platform, image, after: [secret], trustedProxies: 1, settings: config.nexusOs })
 */
export class NexusOs extends pulumi.ComponentResource {
  public constructor(name: string, args: NexusOsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    const { namespace, names } = args.platform;
    const { autoscaling } = args.settings;
    const { deployment } = new Workload(`${name}-workload`, nexusOsWorkload(args), { parent: this });
    if (autoscaling) {
      const { requests, limits } = args.settings;
      const scaled = {
        workload: names.nexusOs,
        component: COMPONENT,
        namespace,
        autoscaling,
        resources: { requests, limits },
        podMetric: null,
      };
      createAutoscaler(`${name}-autoscaler`, scaled, { parent: this, dependsOn: [deployment] });
    }
    this.registerOutputs({});
  }
}

/** The AI service as a workload. */
export function nexusOsWorkload({ platform, image, after, trustedProxies, settings }: NexusOsArgs): WorkloadArgs {
  const { autoscaling, httpPort } = settings;
  const own = {
    HTTP_PORT: httpPort,
    LOG_LEVEL: settings.logLevel,
    API_KEYS_URL: platform.urls.backend,
    TRUSTED_PROXIES: trustedProxies,
    ...shutdownTimes(GRACE_SECONDS),
  };
  const { env, checksum } = serviceEnvironment(platform, nexusOsSettings, own);
  return {
    platform,
    name: platform.names.nexusOs,
    component: COMPONENT,
    image,
    user: USER,
    ports: [{ name: "http", container: httpPort, service: httpPort }],
    env,
    command: undefined,
    files: mountedAuthorities(platform),
    clusterToken: null,
    resources: { requests: settings.requests, limits: settings.limits },
    ...httpProbes("http", "/health", "/ready"),
    scratch: [TMP],
    replicas: autoscaling ? null : settings.replicas,
    mostPods: autoscaling ? autoscaling.maxReplicas : settings.replicas,
    strategy: "rolling",
    checksum,
    metricsPort: httpPort,
    nodePort: null,
    terminationGraceSeconds: GRACE_SECONDS,
    after,
  };
}
