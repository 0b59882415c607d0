import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "../lib/component";
import { labels } from "../lib/labels";
import {
  type BuiltService,
  builtServices,
  containerPorts,
  type Names,
  type PolicyScope,
  standardNames,
} from "@nexus/contract";
import { doorOf, type Edge, edges, ownWorkloads, type Peer } from "./edges";
import { ingressAnnotations, type IngressSettings, ingressSpec } from "./ingress";
import { denyAllSpec, dnsSpec, workloadPolicySpec } from "./policies";

const TYPE = "nexus:networking:Networking";

export interface NetworkingArgs {
  /** Namespace of every object. */
  readonly namespace: pulumi.Input<string>;
  /** Names of the objects. @default the standard names */
  readonly names?: Names;
  /** Services that the topology has. @default all */
  readonly services?: readonly BuiltService[];
  /** The database; null where there is none. @default our own */
  readonly database?: Peer | null;
  /** The cache; null where there is none. @default our own */
  readonly cache?: Peer | null;
  /** Port of the AI service. @default 4000 */
  readonly nexusOsPort?: number;
  /** Port of the kernel's HTTP API. */
  readonly kernelHttpPort: number;
  /** Port of the kernel's WebSocket API. */
  readonly kernelWsPort: number;
  /** Port of every node that leads to the studio, or to the kernel where there is none. @default null */
  readonly nodePort?: number | null;
  /** URL under which the node port answers. @default "http://localhost:<nodePort>" */
  readonly nodePortUrl?: string | null;
  /** An Ingress; null for none. @default null */
  readonly ingress?: IngressSettings | null;
  /** Port under which the Ingress answers without TLS. @default 80 */
  readonly ingressPort?: number;
  /** Deny all traffic but the declared edges. @default true */
  readonly networkPolicies?: boolean;
  /** "namespace" denies for the whole namespace, "workload" for our own pods only. @default "namespace" */
  readonly policyScope?: PolicyScope;
  /** Namespace whose pods may read metrics. @default "monitoring" */
  readonly monitoringNamespace?: string;
  /** Services send traces and logs to a collector. @default false */
  readonly telemetry?: boolean;
}

export type ResolvedNetworking = Required<NetworkingArgs>;

export function normalizeNetworkingArgs(args: NetworkingArgs): ResolvedNetworking {
  const names = args.names ?? standardNames;
  return {
    ...args,
    names,
    services: args.services ?? builtServices,
    database: args.database === undefined ? { peer: names.postgres, port: containerPorts.postgres } : args.database,
    cache: args.cache === undefined ? { peer: names.redis, port: containerPorts.redis } : args.cache,
    nexusOsPort: args.nexusOsPort ?? 4000,
    nodePort: args.nodePort ?? null,
    nodePortUrl: args.nodePortUrl ?? null,
    ingress: args.ingress ?? null,
    ingressPort: args.ingressPort ?? 80,
    networkPolicies: args.networkPolicies ?? true,
    policyScope: args.policyScope ?? "namespace",
    monitoringNamespace: args.monitoringNamespace ?? "monitoring",
    telemetry: args.telemetry ?? false,
  };
}

/**
 * How the studio is reached from outside, and who may talk to whom inside. The ways to reach it combine.
 *
 * @example new Networking("networking", { ...config.networking, namespace, kernelHttpPort: 3000, ... })
 */
export class Networking extends pulumi.ComponentResource {
  /** URL of the studio; undefined where only a port-forward reaches it. */
  public readonly studioUrl: string | undefined;

  public constructor(name: string, args: NetworkingArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    const networking = normalizeNetworkingArgs(args);
    if (networking.ingress) this.createIngress(name, networking, networking.ingress);
    if (networking.networkPolicies) this.createPolicies(name, networking, edgesOf(networking));
    this.studioUrl = studioUrl(networking);
    this.registerOutputs({ studioUrl: this.studioUrl });
  }

  private createIngress(name: string, networking: ResolvedNetworking, ingress: IngressSettings): void {
    const { namespace, names } = networking;
    const backends = { sockets: names.kernel, door: doorOf(networking) };
    const annotations = ingressAnnotations(ingress, backends);
    const metadata = { name: names.platform, namespace, labels: labels(names.platform, "ingress"), annotations };
    const spec = ingressSpec(ingress, backends);
    new k8s.networking.v1.Ingress(`${name}-ingress`, { metadata, spec }, { parent: this });
  }

  private createPolicies(name: string, networking: ResolvedNetworking, list: readonly Edge[]): void {
    const { namespace, policyScope } = networking;
    const create = (policy: string, spec: k8s.types.input.networking.v1.NetworkPolicySpec) => {
      const metadata = { name: policy, namespace, labels: labels(policy, "network-policy") };
      new k8s.networking.v1.NetworkPolicy(`${name}-${policy}`, { metadata, spec }, { parent: this });
    };
    if (policyScope === "namespace") {
      create("deny-all", denyAllSpec);
      create("dns", dnsSpec);
    }
    for (const workload of ownWorkloads(list)) create(workload, workloadPolicySpec(workload, list, policyScope));
  }
}

function edgesOf({ nodePort, ingress, ...settings }: ResolvedNetworking): Edge[] {
  return edges({ ...settings, nodePort: nodePort !== null, controllerNamespace: ingress?.controllerNamespace ?? null });
}

/**
 * The Ingress is the address to give away, except where a node port is known to answer under a URL of its own; a node
 * port answers on every node, so on this machine's own as well.
 */
export function studioUrl({ ingress, ingressPort, nodePort, nodePortUrl }: ResolvedNetworking): string | undefined {
  if (nodePort !== null && nodePortUrl !== null) return nodePortUrl;
  if (ingress) return ingress.tls ? `https://${ingress.host}` : new URL(`http://${ingress.host}:${ingressPort}`).origin;
  return nodePort === null ? undefined : `http://localhost:${nodePort}`;
}
