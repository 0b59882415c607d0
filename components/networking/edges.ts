import { containerPorts, migrationName, workloads } from "../lib/naming";

/** A side of an edge that is no workload of ours. */
export type Outside =
  /** Anybody who reaches the node's port. */
  | { readonly kind: "anywhere" }
  /** Pods of another namespace. */
  | { readonly kind: "namespace"; readonly name: string }
  /** Addresses outside all private ranges. */
  | { readonly kind: "internet" };

/** One allowed direction of traffic. What no edge allows is denied. */
export interface Edge {
  readonly from: string | Outside;
  readonly to: string | Outside;
  readonly ports: readonly number[];
}

/** What the list of edges depends on. */
export interface EdgeSettings {
  readonly kernelHttpPort: number;
  readonly kernelWsPort: number;
  /** The studio is reachable on a port of every node. */
  readonly nodePort: boolean;
  /** Namespace of the ingress controller; null without an Ingress. */
  readonly controllerNamespace: string | null;
  readonly monitoringNamespace: string;
  /** Traces and logs go to a collector. */
  readonly telemetry: boolean;
}

const COLLECTOR = "otel-collector";

/** Every connection the platform makes; network policies are made from this list and from nothing else. */
export function edges(settings: EdgeSettings): Edge[] {
  const { kernel, backend, frontend, postgres, redis } = workloads;
  const { kernelHttpPort, kernelWsPort } = settings;
  const monitoring: Outside = { kind: "namespace", name: settings.monitoringNamespace };
  const list: Edge[] = [
    { from: frontend, to: kernel, ports: [kernelHttpPort, kernelWsPort] },
    { from: frontend, to: backend, ports: [containerPorts.backend] },
    // A request that reaches the wrong pod is relayed to the workspace's owner.
    { from: kernel, to: kernel, ports: [kernelHttpPort, kernelWsPort] },
    { from: kernel, to: postgres, ports: [containerPorts.postgres] },
    { from: backend, to: postgres, ports: [containerPorts.postgres] },
    { from: backend, to: redis, ports: [containerPorts.redis] },
    { from: migrationName(kernel), to: postgres, ports: [containerPorts.postgres] },
    { from: migrationName(backend), to: postgres, ports: [containerPorts.postgres] },
    { from: kernel, to: { kind: "internet" }, ports: [80, 443] },
    { from: monitoring, to: kernel, ports: [kernelHttpPort] },
    { from: monitoring, to: backend, ports: [containerPorts.backend] },
  ];
  if (settings.nodePort) list.push({ from: { kind: "anywhere" }, to: frontend, ports: [containerPorts.frontend] });
  if (settings.controllerNamespace !== null) {
    const controller: Outside = { kind: "namespace", name: settings.controllerNamespace };
    list.push({ from: controller, to: frontend, ports: [containerPorts.frontend] });
    list.push({ from: controller, to: kernel, ports: [kernelHttpPort, kernelWsPort] });
  }
  if (settings.telemetry)
    for (const service of [kernel, backend]) list.push({ from: service, to: COLLECTOR, ports: [4318] });
  return list;
}

/** Workloads that get a policy of their own: both sides of every edge that are ours. */
export function ownWorkloads(list: readonly Edge[]): string[] {
  const names = list.flatMap(({ from, to }) => [from, to]).filter((side) => typeof side === "string");
  return [...new Set(names)].filter((name) => name !== COLLECTOR).sort();
}
