import {
  backupName,
  type BuiltService,
  type Connection,
  containerPorts,
  migratedServices,
  migrationName,
  nameOf,
  type Names,
  type Outside,
  type PolicyScope,
  reservedNames,
} from "@nexus/contract";

/** One allowed direction of traffic. What no edge allows is denied. */
export interface Edge {
  readonly from: string | Outside;
  readonly to: string | Outside;
  readonly ports: readonly number[];
}

/** The fields of a server that edges need. */
export type Peer = Pick<Connection, "peer" | "port">;

/** What the list of edges depends on. */
export interface EdgeSettings {
  readonly names: Names;
  /** Services that the topology has. */
  readonly services: readonly BuiltService[];
  readonly kernelHttpPort: number;
  readonly kernelWsPort: number;
  readonly nexusOsPort: number;
  /** The kernel serves the AI library and stores budgets in the cache. */
  readonly kernelAi: boolean;
  /** Port of the mail server; null where no mails are sent. */
  readonly mailPort: number | null;
  /** The identity provider; null where there is none. */
  readonly issuer: Peer | null;
  /** Where the API servers of tenants' clusters may be, besides public addresses. */
  readonly clusters: {
    readonly ports: readonly number[];
    readonly privateNetworks: readonly string[];
    /** Where this cluster's API server is, which the backend deploys to for tenants; empty where it does not. */
    readonly ownServers: readonly string[];
  };
  /** The database; null where there is none. */
  readonly database: Peer | null;
  /** The cache; null if there is none. */
  readonly cache: Peer | null;
  /** Where backups of the database go: null for a volume, undefined if none are made. */
  readonly backupStorage: Peer | null | undefined;
  /** The operator that runs the database; null if none does. */
  readonly operator: {
    readonly namespace: string;
    /** Networks of this cluster's API server, and its ports: the servers ask it for their orders. */
    readonly apiServers: readonly string[];
    readonly apiPorts: readonly number[];
  } | null;
  /** The studio (without a studio, the kernel) is reachable on a port of every node. */
  readonly nodePort: boolean;
  /** Namespace of the ingress controller; null without an Ingress. */
  readonly controllerNamespace: string | null;
  readonly monitoringNamespace: string;
  readonly policyScope: PolicyScope;
  /** Traces and logs go to a collector. */
  readonly telemetry: boolean;
}

const { collector: COLLECTOR, debug: DEBUG } = reservedNames;

/** Every connection that the platform makes; all network policies are made from this list. */
export function edges(settings: EdgeSettings): Edge[] {
  const present = new Set([...workloads(settings), COLLECTOR, DEBUG]);
  const data = [...dataEdges(settings), ...operatedEdges(settings)];
  const all = [...insideEdges(settings), ...data, ...outsideEdges(settings), ...debugEdges(settings)];
  return all.filter(({ from, to }) => [from, to].every((side) => typeof side !== "string" || present.has(side)));
}

/** Names of the workloads that the topology has. */
function workloads({ names, services, database, cache, backupStorage }: EdgeSettings): string[] {
  const migrations = migratedServices.filter((service) => services.includes(service));
  return [
    ...services.map((service) => nameOf(names, service)),
    ...migrations.map((service) => migrationName(nameOf(names, service))),
    ...(backupStorage === undefined ? [] : [backupName(names.postgres)]),
    ...[database?.peer, cache?.peer].filter((peer) => typeof peer === "string"),
  ];
}

function insideEdges({ names, kernelHttpPort, kernelWsPort, nexusOsPort }: EdgeSettings): Edge[] {
  const { kernel, backend, frontend, nexusOs } = names;
  return [
    { from: frontend, to: kernel, ports: [kernelHttpPort, kernelWsPort] },
    { from: frontend, to: backend, ports: [containerPorts.backend] },
    { from: frontend, to: nexusOs, ports: [nexusOsPort] },
    // Who an API key is for, who may not work, and what was denied.
    ...[kernel, nexusOs].map((from) => ({ from, to: backend, ports: [containerPorts.backend] })),
    // Code of a workspace asks the AI.
    { from: kernel, to: nexusOs, ports: [nexusOsPort] },
    // A request that reaches the wrong pod is relayed to the workspace's owner.
    { from: kernel, to: kernel, ports: [kernelHttpPort, kernelWsPort] },
  ];
}

function dataEdges({ names, database, cache, kernelAi, backupStorage = null }: EdgeSettings): Edge[] {
  const { kernel, backend, nexusOs } = names;
  const to = (server: Peer | null, from: readonly string[]): Edge[] =>
    server ? from.map((name) => ({ from: name, to: server.peer, ports: [server.port] })) : [];
  return [
    ...to(database, [kernel, backend, migrationName(kernel), migrationName(backend), backupName(names.postgres)]),
    ...to(backupStorage, [backupName(names.postgres)]),
    ...to(cache, [...(kernelAi ? [kernel] : []), backend, nexusOs]),
  ];
}

/** Ports of a server that the operator runs, besides the database's: its state, and its metrics. */
const OPERATED = { state: 8000, metrics: 9187 } as const;

/** What servers need that an operator runs, beside the connections of the services. */
function operatedEdges({ operator, database, backupStorage, monitoringNamespace }: EdgeSettings): Edge[] {
  if (!operator || !database || typeof database.peer !== "string") return [];
  const { peer: servers, port } = database;
  const peers = [port, OPERATED.state];
  const { namespace, apiServers, apiPorts } = operator;
  return [
    { from: servers, to: servers, ports: peers },
    { from: { kind: "namespace", name: namespace }, to: servers, ports: peers },
    { from: { kind: "namespace", name: monitoringNamespace }, to: servers, ports: [OPERATED.metrics] },
    ...apiServers.map((cidr): Edge => ({ from: servers, to: { kind: "addresses", cidr }, ports: apiPorts })),
    ...(backupStorage ? [{ from: servers, to: backupStorage.peer, ports: [backupStorage.port] }] : []),
  ];
}

/** Workloads whose pods an operator makes, with labels of its own. */
export function operatedWorkloads({ operator, database }: Pick<EdgeSettings, "operator" | "database">): string[] {
  return operator && typeof database?.peer === "string" ? [database.peer] : [];
}

function outsideEdges(settings: EdgeSettings): Edge[] {
  const { kernel, backend, frontend, nexusOs } = settings.names;
  const { kernelHttpPort, kernelWsPort, nexusOsPort } = settings;
  const monitoring: Outside = { kind: "namespace", name: settings.monitoringNamespace };
  const list: Edge[] = [
    { from: kernel, to: { kind: "internet" }, ports: [80, 443] },
    { from: nexusOs, to: { kind: "internet" }, ports: [443] },
    { from: monitoring, to: kernel, ports: [kernelHttpPort] },
    { from: monitoring, to: backend, ports: [containerPorts.backend] },
    { from: monitoring, to: nexusOs, ports: [nexusOsPort] },
  ];
  if (settings.mailPort !== null) list.push({ from: backend, to: { kind: "internet" }, ports: [settings.mailPort] });
  if (settings.issuer) list.push({ from: backend, to: settings.issuer.peer, ports: [settings.issuer.port] });
  const { ports, privateNetworks, ownServers } = settings.clusters;
  list.push({ from: backend, to: { kind: "internet" }, ports });
  for (const cidr of new Set([...privateNetworks, ...ownServers]))
    list.push({ from: backend, to: { kind: "addresses", cidr }, ports });
  const door = doorOf(settings);
  if (settings.nodePort)
    list.push({
      from: { kind: "anywhere" },
      to: door,
      ports: [door === kernel ? kernelHttpPort : containerPorts.frontend],
    });
  if (settings.controllerNamespace !== null) {
    const controller: Outside = { kind: "namespace", name: settings.controllerNamespace };
    list.push({ from: controller, to: frontend, ports: [containerPorts.frontend] });
    list.push({ from: controller, to: kernel, ports: [kernelHttpPort, kernelWsPort] });
  }
  if (settings.telemetry)
    for (const service of [kernel, backend, nexusOs]) list.push({ from: service, to: COLLECTOR, ports: [4318] });
  return list;
}

/**
 * A debugging pod may ask the services for their health, unless only the ingress controller and monitoring may come in
 * (A40, D8).
 */
function debugEdges({ names, policyScope, kernelHttpPort, nexusOsPort }: EdgeSettings): Edge[] {
  if (policyScope === "workload") return [];
  return [
    { from: DEBUG, to: names.kernel, ports: [kernelHttpPort] },
    { from: DEBUG, to: names.backend, ports: [containerPorts.backend] },
    { from: DEBUG, to: names.frontend, ports: [containerPorts.frontend] },
    { from: DEBUG, to: names.nexusOs, ports: [nexusOsPort] },
  ];
}

/** The workload that people reach first: the studio, or the kernel if there is no studio. */
export function doorOf({ names, services }: Pick<EdgeSettings, "names" | "services">): string {
  return services.includes("graphstudio-frontend") ? names.frontend : names.kernel;
}

/** Workloads with their own policy: every workload of ours at either end of an edge. */
export function ownWorkloads(list: readonly Edge[]): string[] {
  const names = list.flatMap(({ from, to }) => [from, to]).filter((side) => typeof side === "string");
  return [...new Set(names)].filter((name) => name !== COLLECTOR).sort();
}
