import * as pulumi from "@pulumi/pulumi";
import { containerPorts, frontendSettings, GRACE_SECONDS, httpProbes } from "@nexus/contract";
import { NO_INPUTS } from "../lib/component";
import { serviceEnvironment } from "../lib/environment";
import type { Platform } from "../lib/platform";
import { Workload } from "../workload";
import { TMP, type WorkloadArgs } from "../workload/args";
import type { StudioSettings } from "./backend";

const TYPE = "nexus:graphstudio:Frontend";
const USER = 101;
const SERVICE_PORT = 80;

export interface FrontendArgs {
  readonly platform: Platform;
  /** Image to run, by digest. A change rolls the pods. */
  readonly image: pulumi.Input<string>;
  /** What must exist before the pods start. */
  readonly after: readonly pulumi.Resource[];
  /** Port of every node that leads to the studio; null for none. */
  readonly nodePort: number | null;
  /** Number of proxies in front that add the caller's address: 1 for an Ingress, else 0. */
  readonly trustedProxies: number;
  readonly settings: StudioSettings;
}

/**
 * The studio's web application on nginx, which is also the proxy for the APIs of kernel, backend and AI service.
 *
 * @example new Frontend("frontend", { platform, image, after: [secret], nodePort: 30_080, trustedProxies: 0, settings
 * })
 */
export class Frontend extends pulumi.ComponentResource {
  public constructor(name: string, args: FrontendArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    new Workload(`${name}-workload`, frontendWorkload(args), { parent: this });
    this.registerOutputs({});
  }
}

/** The frontend as a workload. */
export function frontendWorkload(args: FrontendArgs): WorkloadArgs {
  const { platform, settings } = args;
  const { urls, names } = platform;
  // A service that the topology does not have has no variable, and its paths answer 404.
  const { env, checksum } = serviceEnvironment(platform, frontendSettings, {
    HTTP_PORT: containerPorts.frontend,
    LOG_LEVEL: settings.logLevel,
    KERNEL_URL: urls.kernel,
    KERNEL_WS_URL: urls.kernelSockets,
    BACKEND_URL: urls.backend,
    NEXUS_OS_URL: urls.ai,
    TRUSTED_PROXIES: args.trustedProxies,
  });
  return {
    platform,
    name: names.frontend,
    component: "studio",
    image: args.image,
    user: USER,
    ports: [{ name: "http", container: containerPorts.frontend, service: SERVICE_PORT }],
    env,
    command: undefined,
    files: [],
    clusterToken: null,
    resources: { requests: settings.requests, limits: settings.limits },
    // nginx answers this path itself: a failing kernel must not restart the studio.
    ...httpProbes("http", "/-/alive"),
    scratch: [TMP],
    replicas: settings.replicas,
    mostPods: settings.replicas,
    strategy: "rolling",
    checksum,
    metricsPort: null,
    nodePort: args.nodePort,
    terminationGraceSeconds: GRACE_SECONDS,
    after: args.after,
  };
}
