import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "../lib/component";
import { labels } from "../lib/labels";
import { type Edge, edges, ownWorkloads } from "./edges";
import { ingressAnnotations, type IngressSettings, ingressSpec } from "./ingress";
import { denyAllSpec, dnsSpec, workloadPolicySpec } from "./policies";

const TYPE = "nexus:networking:Networking";

export interface NetworkingArgs {
  /** Namespace of every object. */
  readonly namespace: pulumi.Input<string>;
  /** Port of the kernel's HTTP API. */
  readonly kernelHttpPort: number;
  /** Port of the kernel's WebSocket API. */
  readonly kernelWsPort: number;
  /** Port of every node that leads to the studio; null for none. @default null */
  readonly nodePort?: number | null;
  /** URL under which the node port answers. @default "http://localhost:<nodePort>" */
  readonly nodePortUrl?: string | null;
  /** An Ingress; null for none. @default null */
  readonly ingress?: IngressSettings | null;
  /** Deny all traffic but the declared edges. @default true */
  readonly networkPolicies?: boolean;
  /** Namespace whose pods may read metrics. @default "monitoring" */
  readonly monitoringNamespace?: string;
  /** Services send traces and logs to a collector. @default false */
  readonly telemetry?: boolean;
}

export type ResolvedNetworking = Required<NetworkingArgs>;

export function normalizeNetworkingArgs(args: NetworkingArgs): ResolvedNetworking {
  return {
    ...args,
    nodePort: args.nodePort ?? null,
    nodePortUrl: args.nodePortUrl ?? null,
    ingress: args.ingress ?? null,
    networkPolicies: args.networkPolicies ?? true,
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

  private createIngress(name: string, { namespace }: ResolvedNetworking, ingress: IngressSettings): void {
    const annotations = ingressAnnotations(ingress);
    const metadata = { name: "nexus", namespace, labels: labels("nexus", "ingress"), annotations };
    new k8s.networking.v1.Ingress(`${name}-ingress`, { metadata, spec: ingressSpec(ingress) }, { parent: this });
  }

  private createPolicies(name: string, { namespace }: ResolvedNetworking, list: readonly Edge[]): void {
    const create = (policy: string, spec: k8s.types.input.networking.v1.NetworkPolicySpec) => {
      const metadata = { name: policy, namespace, labels: labels(policy, "network-policy") };
      new k8s.networking.v1.NetworkPolicy(`${name}-${policy}`, { metadata, spec }, { parent: this });
    };
    create("deny-all", denyAllSpec);
    create("dns", dnsSpec);
    for (const workload of ownWorkloads(list)) create(workload, workloadPolicySpec(workload, list));
  }
}

function edgesOf({ nodePort, ingress, ...settings }: ResolvedNetworking): Edge[] {
  return edges({ ...settings, nodePort: nodePort !== null, controllerNamespace: ingress?.controllerNamespace ?? null });
}

/** The Ingress is the address to give away; a node port answers on every node, so on this machine's own as well. */
export function studioUrl({ ingress, nodePort, nodePortUrl }: ResolvedNetworking): string | undefined {
  if (ingress) return `${ingress.tls ? "https" : "http"}://${ingress.host}`;
  return nodePort === null ? undefined : (nodePortUrl ?? `http://localhost:${nodePort}`);
}
