import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "../lib/component";
import { serviceEnvironment } from "../lib/environment";
import { containerPorts, frontendSettings, httpLiveness, httpReadiness } from "@nexus/contract";
import type { PlatformArgs } from "../lib/platform";
import type { Resources } from "@nexus/contract";
import { Workload } from "../workload";
import type { WorkloadArgs } from "../workload/args";

const TYPE = "nexus:graphstudio:Frontend";
const USER = 101;
const SERVICE_PORT = 80;

export interface FrontendArgs extends PlatformArgs, Resources {
  /** Image to run, by digest. A change rolls the pods. */
  readonly image: pulumi.Input<string>;
  /** What must exist before the pods start. */
  readonly after: readonly pulumi.Resource[];
  /** Port of every node that leads to the studio; null for none. @default null */
  readonly nodePort?: number | null;
  /** Proxies in front that add the caller's address: 1 for an Ingress. */
  readonly trustedProxies: number;
  /** Pods to run, 1 to 20. @default 1 */
  readonly replicas?: number;
  /** Least important log lines; null for the shared setting. @default null */
  readonly logLevel?: string | null;
}

/**
 * The studio's web application on nginx, which passes the APIs on to kernel, backend and AI service.
 *
 * @example new Frontend("frontend", { ...platform, ...config.graphstudio.frontend, image, after: [secret] })
 */
export class Frontend extends pulumi.ComponentResource {
  public constructor(name: string, args: FrontendArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    new Workload(`${name}-workload`, frontendWorkload(args), { parent: this });
    this.registerOutputs({});
  }
}

/** The frontend as a workload. */
export function frontendWorkload(frontend: FrontendArgs): WorkloadArgs {
  const { urls } = frontend;
  // What the topology does without has no variable, and its paths answer 404.
  const { env, checksum } = serviceEnvironment(frontend, frontendSettings, {
    HTTP_PORT: containerPorts.frontend,
    LOG_LEVEL: frontend.logLevel,
    KERNEL_URL: urls.kernel,
    KERNEL_WS_URL: urls.kernelSockets,
    BACKEND_URL: urls.backend,
    NEXUS_OS_URL: urls.ai,
    TRUSTED_PROXIES: frontend.trustedProxies,
  });
  return {
    name: frontend.names.frontend,
    component: "studio",
    namespace: frontend.namespace,
    image: frontend.image,
    imagePullSecrets: frontend.imagePullSecrets,
    deadlineSeconds: frontend.deadlineSeconds,
    user: USER,
    ports: [{ name: "http", container: containerPorts.frontend, service: SERVICE_PORT }],
    env,
    resources: { requests: frontend.requests, limits: frontend.limits },
    // nginx itself answers here; whether the kernel lives must not restart the studio.
    livenessProbe: httpLiveness("/-/alive", "http"),
    readinessProbe: httpReadiness("/-/alive", "http"),
    replicas: frontend.replicas,
    checksum,
    after: frontend.after,
    nodePort: frontend.nodePort ?? null,
  };
}
