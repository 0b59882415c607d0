import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "../lib/component";
import { checksum, fromConfig, fromSecret, literal, podVariables, type Values } from "../lib/environment";
import { containerPorts, serviceHost, workloads } from "../lib/naming";
import { httpLiveness, httpReadiness } from "../lib/probes";
import type { Resources } from "../lib/resources";
import { commonKeys, databaseKeys, redisKeys } from "../lib/settings";
import { Workload } from "../workload";
import type { WorkloadArgs } from "../workload/args";

const TYPE = "nexus:graphstudio:Backend";
const USER = 1000;
const CONFIG_KEYS = [...commonKeys, ...databaseKeys, ...redisKeys];
const SECRET_KEYS = ["JWT_SECRET_KEY", "JWT_SECRET", "DATABASE_PASSWORD", "REDIS_PASSWORD"];

export interface BackendArgs extends Resources {
  /** Namespace of every object. */
  readonly namespace: pulumi.Output<string>;
  /** Image to run, by digest. A change rolls the pods. */
  readonly image: pulumi.Input<string>;
  /** Shared settings and secrets; a changed value that the backend reads rolls its pods. */
  readonly values: Values;
  /** What must exist before the pods start: the database with its schema. */
  readonly after: readonly pulumi.Resource[];
  /** Pods to run, 1 to 20. @default 1 */
  readonly replicas?: number;
}

/**
 * Accounts and sessions of the studio. Needs the shared settings and Secret in its namespace.
 *
 * @example new Backend("backend", { ...config.graphstudio.backend, namespace, image, values, after: [migration] })
 */
export class Backend extends pulumi.ComponentResource {
  /** URL inside the cluster. */
  public readonly endpoint: pulumi.Output<string>;

  public constructor(name: string, args: BackendArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    new Workload(`${name}-workload`, backendWorkload(args), { parent: this });
    const host = args.namespace.apply((namespace) => serviceHost(workloads.backend, namespace));
    this.endpoint = pulumi.interpolate`http://${host}:${containerPorts.backend}`;
    this.registerOutputs({ endpoint: this.endpoint });
  }
}

/** The backend as a workload. */
export function backendWorkload(backend: BackendArgs): WorkloadArgs {
  return {
    name: workloads.backend,
    component: "accounts",
    namespace: backend.namespace,
    image: backend.image,
    user: USER,
    ports: [{ name: "http", container: containerPorts.backend, service: containerPorts.backend }],
    env: [
      ...literal({ HTTP_PORT: String(containerPorts.backend) }),
      ...podVariables,
      ...fromConfig(CONFIG_KEYS),
      ...fromSecret(SECRET_KEYS),
    ],
    resources: { requests: backend.requests, limits: backend.limits },
    livenessProbe: httpLiveness("/health", "http"),
    readinessProbe: httpReadiness("/ready", "http"),
    replicas: backend.replicas,
    checksum: checksum(backend.values, [...CONFIG_KEYS, ...SECRET_KEYS]),
    metricsPort: containerPorts.backend,
    after: backend.after,
  };
}
