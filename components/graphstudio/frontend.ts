import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "../lib/component";
import { checksum, fromConfig, literal, type Values } from "../lib/environment";
import { containerPorts, workloads } from "../lib/naming";
import { httpLiveness, httpReadiness } from "../lib/probes";
import type { Resources } from "../lib/resources";
import { Workload } from "../workload";
import type { WorkloadArgs } from "../workload/args";

const TYPE = "nexus:graphstudio:Frontend";
const USER = 101;
const SERVICE_PORT = 80;
const CONFIG_KEYS = ["LOG_LEVEL"];

export interface FrontendArgs extends Resources {
  /** Namespace of every object. */
  readonly namespace: pulumi.Input<string>;
  /** Image to run, by digest. A change rolls the pods. */
  readonly image: pulumi.Input<string>;
  /** Shared settings; a changed value that nginx reads rolls its pods. */
  readonly values: Values;
  /** What must exist before the pods start. */
  readonly after: readonly pulumi.Resource[];
  /** URL of the kernel's HTTP API. */
  readonly kernelUrl: pulumi.Input<string>;
  /** URL of the kernel's WebSocket API. */
  readonly kernelSocketUrl: pulumi.Input<string>;
  /** URL of the backend. */
  readonly backendUrl: pulumi.Input<string>;
  /** Port of every node that leads to the studio; null for none. @default null */
  readonly nodePort?: number | null;
  /** Pods to run, 1 to 20. @default 1 */
  readonly replicas?: number;
}

/**
 * The studio's web application on nginx, which passes the API on to kernel and backend.
 *
 * @example new Frontend("frontend", { ...config.graphstudio.frontend, namespace, image, values, kernelUrl, ... })
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
  return {
    name: workloads.frontend,
    component: "studio",
    namespace: frontend.namespace,
    image: frontend.image,
    user: USER,
    ports: [{ name: "http", container: containerPorts.frontend, service: SERVICE_PORT }],
    env: [
      ...literal({
        HTTP_PORT: String(containerPorts.frontend),
        KERNEL_URL: frontend.kernelUrl,
        KERNEL_WS_URL: frontend.kernelSocketUrl,
        BACKEND_URL: frontend.backendUrl,
      }),
      ...fromConfig(CONFIG_KEYS),
    ],
    resources: { requests: frontend.requests, limits: frontend.limits },
    // nginx itself answers here; whether the kernel lives must not restart the studio.
    livenessProbe: httpLiveness("/-/alive", "http"),
    readinessProbe: httpReadiness("/-/alive", "http"),
    replicas: frontend.replicas,
    checksum: checksum(frontend.values, CONFIG_KEYS),
    after: frontend.after,
    nodePort: frontend.nodePort ?? null,
  };
}
