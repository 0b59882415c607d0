import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "../lib/component";
import { labels } from "../lib/labels";
import { type BuiltService, type Names, type PolicyScope, reservedNames } from "@nexus/contract";
import { doorOf, type Edge, edges, type EdgeSettings, operatedWorkloads, ownWorkloads, type Peer } from "./edges";
import { ingressAnnotations, type IngressSettings, ingressSpec } from "./ingress";
import { denyAllSpec, dnsSpec, workloadPolicySpec } from "./policies";

const TYPE = "nexus:networking:Networking";

/** Settings of the network. */
export interface NetworkingSettings {
  /** Port on every node that leads to the studio (without a studio, to the kernel); null for none. */
  readonly nodePort: number | null;
  /** An Ingress; null for none. */
  readonly ingress: IngressSettings | null;
  /** Deny all connections except those in the list of edges. */
  readonly networkPolicies: boolean;
  /** "namespace" denies for the whole namespace, "workload" for our own pods only. */
  readonly policyScope: PolicyScope;
  /** Namespace whose pods may read metrics. */
  readonly monitoringNamespace: string;
}

export interface NetworkingArgs {
  /** Namespace of every object. */
  readonly namespace: pulumi.Input<string>;
  /** Names of the objects. */
  readonly names: Names;
  /** Services that the topology has. */
  readonly services: readonly BuiltService[];
  /** The database; null if there is none. */
  readonly database: Peer | null;
  /** The cache; null if there is none. */
  readonly cache: Peer | null;
  /** Where backups of the database go: null for a volume, undefined if none are made. */
  readonly backupStorage: Peer | null | undefined;
  /** Namespace of the operator that runs the database, and where this cluster's API server is; null without one. */
  readonly operator: EdgeSettings["operator"];
  /** Port of the kernel's HTTP API. */
  readonly kernelHttpPort: number;
  /** Port of the kernel's WebSocket API. */
  readonly kernelWsPort: number;
  /** Port of the AI service. */
  readonly nexusOsPort: number;
  /** The kernel serves the AI library and stores budgets in the cache. */
  readonly kernelAi: boolean;
  /** Port of the mail server; null where no mails are sent. */
  readonly mailPort: number | null;
  /** The identity provider; null where there is none. */
  readonly issuer: Peer | null;
  /** Ports of the API servers of tenants' clusters, and private networks that they may be in. */
  readonly clusters: EdgeSettings["clusters"];
  /** URL under which the node port answers; undefined for that port of localhost. */
  readonly nodePortUrl: string | undefined;
  /** Port of the Ingress without TLS; undefined for 80. */
  readonly ingressPort: number | undefined;
  /** Services send traces to a collector. */
  readonly telemetry: boolean;
  readonly settings: NetworkingSettings;
}

/**
 * How the studio is reached from outside (node port and Ingress can be combined), and which connections are allowed
 * inside.
 *
 * @example new Networking("networking", { namespace, names, ..., settings: config.networking })
 */
export class Networking extends pulumi.ComponentResource {
  /** URL of the studio; undefined if only a port-forward reaches it. */
  public readonly studioUrl: string | undefined;

  public constructor(name: string, args: NetworkingArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    const { ingress, networkPolicies } = args.settings;
    if (ingress) this.createIngress(name, args, ingress);
    if (networkPolicies) this.createPolicies(name, args, edgesOf(args));
    this.studioUrl = studioUrl(args);
    this.registerOutputs({ studioUrl: this.studioUrl });
  }

  private createIngress(name: string, args: NetworkingArgs, ingress: IngressSettings): void {
    const { namespace, names } = args;
    const backends = { sockets: names.kernel, door: doorOf(args) };
    const annotations = ingressAnnotations(ingress, backends);
    const metadata = { name: names.platform, namespace, labels: labels(names.platform, "ingress"), annotations };
    const spec = ingressSpec(ingress, backends);
    new k8s.networking.v1.Ingress(`${name}-ingress`, { metadata, spec }, { parent: this });
  }

  private createPolicies(name: string, args: NetworkingArgs, list: readonly Edge[]): void {
    const { namespace, settings } = args;
    const { policyScope } = settings;
    const operated = operatedWorkloads(args);
    const create = (policy: string, spec: k8s.types.input.networking.v1.NetworkPolicySpec) => {
      const metadata = { name: policy, namespace, labels: labels(policy, "network-policy") };
      new k8s.networking.v1.NetworkPolicy(`${name}-${policy}`, { metadata, spec }, { parent: this });
    };
    if (policyScope === "namespace") {
      create(reservedNames.denyAll, denyAllSpec);
      create(reservedNames.dns, dnsSpec);
    }
    for (const workload of ownWorkloads(list))
      create(workload, workloadPolicySpec(workload, list, policyScope, operated));
  }
}

function edgesOf({ settings, ...facts }: NetworkingArgs): Edge[] {
  const { nodePort, ingress, monitoringNamespace, policyScope } = settings;
  const controllerNamespace = ingress?.controllerNamespace ?? null;
  return edges({ ...facts, nodePort: nodePort !== null, controllerNamespace, monitoringNamespace, policyScope });
}

/**
 * The URL of the Ingress is preferred to that of a node port, unless the node port has a known URL. A node port answers
 * on every node, so also on localhost of a node.
 */
export function studioUrl({ settings, ingressPort = 80, nodePortUrl }: NetworkingArgs): string | undefined {
  const { ingress, nodePort } = settings;
  if (nodePort !== null && nodePortUrl !== undefined) return nodePortUrl;
  if (ingress) return ingress.tls ? `https://${ingress.host}` : new URL(`http://${ingress.host}:${ingressPort}`).origin;
  return nodePort === null ? undefined : `http://localhost:${nodePort}`;
}
