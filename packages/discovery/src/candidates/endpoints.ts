import type { V1Node, V1Service, V1ServicePort } from "@kubernetes/client-node";
import type { Backend } from "./backends";
import { isHeadless, serviceType } from "./objects";

/** From where an endpoint can be reached. */
export type Reach = "cluster" | "node" | "load-balancer";

/** An address of a Service's port. */
export interface Endpoint {
  readonly reach: Reach;
  /** Name or address; undefined for a NodePort whose nodes are not known. */
  readonly host: string | undefined;
  readonly port: number;
  /** E13: `{service}.{namespace}.svc.cluster.local:{port}`, `<node-ip>:{nodePort}` or `{lb-ip}:{port}`. */
  readonly text: string;
}

/** host:port, with brackets around an IPv6 address. */
export function hostAndPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function endpoint(reach: Reach, host: string, port: number): Endpoint {
  return { reach, host, port, text: hostAndPort(host, port) };
}

/**
 * The name that pods of every namespace can use. A headless Service's name resolves to the pods, so it is used with
 * their own port.
 */
function clusterEndpoint(service: V1Service, port: V1ServicePort, targetPort: number): Endpoint {
  const { name = "", namespace = "" } = service.metadata ?? {};
  return endpoint("cluster", `${name}.${namespace}.svc.cluster.local`, isHeadless(service) ? targetPort : port.port);
}

function nodeIsReady(node: V1Node): boolean {
  return (node.status?.conditions ?? []).some(({ type, status }) => type === "Ready" && status === "True");
}

/**
 * The address for a NodePort: that of a node with a ready pod if there is one, as externalTrafficPolicy Local requires.
 */
function nodeAddress(nodes: readonly V1Node[], backends: readonly Backend[]): string | undefined {
  const hosting = new Set(backends.map(({ node }) => node));
  const ready = nodes
    .filter(nodeIsReady)
    .sort((a, b) => (a.metadata?.name ?? "").localeCompare(b.metadata?.name ?? ""));
  const [chosen] = [...ready.filter((node) => hosting.has(node.metadata?.name)), ...ready];
  const addresses = chosen?.status?.addresses ?? [];
  const byType = (wanted: string) => addresses.find(({ type }) => type === wanted)?.address;
  return byType("InternalIP") ?? byType("ExternalIP");
}

/** The objects of the cluster that decide the endpoints of a port. */
export interface EndpointContext {
  readonly targetPort: number;
  readonly backends: readonly Backend[];
  readonly nodes: readonly V1Node[];
}

/**
 * The endpoints of a port: first those of the Service's type (E13), last the name inside the cluster, which every type
 * has. A load balancer that has no address yet has only the latter.
 */
export function endpointsOf(service: V1Service, port: V1ServicePort, context: EndpointContext): Endpoint[] {
  const inside = clusterEndpoint(service, port, context.targetPort);
  switch (serviceType(service)) {
    case "NodePort": {
      if (!port.nodePort) return [inside];
      const host = nodeAddress(context.nodes, context.backends);
      if (host) return [endpoint("node", host, port.nodePort), inside];
      return [{ reach: "node", host: undefined, port: port.nodePort, text: `<node-ip>:${port.nodePort}` }, inside];
    }
    case "LoadBalancer": {
      const hosts = (service.status?.loadBalancer?.ingress ?? []).flatMap((one) => one.ip ?? one.hostname ?? []);
      return [...hosts.map((host) => endpoint("load-balancer", host, port.port)), inside];
    }
    case "ClusterIP":
    case undefined:
      return [inside];
  }
}
