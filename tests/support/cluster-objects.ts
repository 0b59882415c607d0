import type { V1EndpointSlice, V1Node, V1Pod, V1Service, V1ServicePort } from "@kubernetes/client-node";
import type { ClusterObjects, ServiceType } from "@nexus/discovery";

const NAMESPACE = "team-a";

export interface Workload {
  readonly name: string;
  readonly image: string;
  /** One or several Service ports. */
  readonly ports: readonly (Partial<V1ServicePort> & { readonly port: number })[];
  readonly type?: ServiceType;
  readonly labels?: Readonly<Record<string, string>>;
  readonly containerPorts?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly service?: Partial<V1Service["spec"]>;
  readonly addresses?: readonly { readonly ip?: string; readonly hostname?: string }[];
}

function service({ name, type = "ClusterIP", ports, labels, service: more, addresses = [] }: Workload): V1Service {
  const withNodePorts = ports.map((one) =>
    type === "ClusterIP" ? one : { nodePort: (one.port % 2768) + 30_000, ...one },
  );
  return {
    metadata: { name, namespace: NAMESPACE, labels: { ...labels } },
    spec: { type, clusterIP: "10.96.0.7", selector: { run: name }, ports: withNodePorts, ...more },
    status: { loadBalancer: { ingress: addresses.map((one) => ({ ...one })) } },
  };
}

function pod({ name, image, labels, ports, containerPorts }: Workload): V1Pod {
  const declared = containerPorts ?? ports.map((one) => ({ containerPort: Number(one.targetPort ?? one.port) }));
  return {
    metadata: { name: `${name}-0`, namespace: NAMESPACE, labels: { run: name, ...labels } },
    spec: { nodeName: "node-b", containers: [{ name: "main", image, ports: declared.map((one) => ({ ...one })) }] },
    status: { conditions: [{ type: "Ready", status: "True" }] },
  };
}

function slice({ name, ports }: Workload, resolve: (port: V1ServicePort) => number): V1EndpointSlice {
  return {
    addressType: "IPv4",
    metadata: { name: `${name}-x`, namespace: NAMESPACE, labels: { "kubernetes.io/service-name": name } },
    ports: ports.map((one) => ({ name: one.name ?? "", port: resolve(one) })),
    endpoints: [
      {
        addresses: ["10.244.0.9"],
        conditions: { ready: true },
        nodeName: "node-b",
        targetRef: { kind: "Pod", name: `${name}-0` },
      },
    ],
  };
}

export function node(name: string, address: string, ready = true): V1Node {
  return {
    metadata: { name },
    status: {
      addresses: [
        { type: "Hostname", address: name },
        { type: "InternalIP", address },
      ],
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
    },
  };
}

export const NODES = [node("node-a", "192.0.2.1"), node("node-b", "192.0.2.2")];

/** The objects of workloads, each with a Service, a ready pod on node-b and an EndpointSlice. */
export function clusterObjects(workloads: readonly Workload[], more: Partial<ClusterObjects> = {}): ClusterObjects {
  const resolve = (workload: Workload) => (port: V1ServicePort) =>
    typeof port.targetPort === "string"
      ? (workload.containerPorts?.find(({ name }) => name === port.targetPort)?.containerPort ?? port.port)
      : (port.targetPort ?? port.port);
  return {
    namespace: NAMESPACE,
    services: workloads.map(service),
    pods: workloads.map(pod),
    slices: workloads.map((one) => slice(one, resolve(one))),
    nodes: NODES,
    ...more,
  };
}
