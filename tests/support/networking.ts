import { builtServices, standardNames } from "@nexus/contract";
import { Networking, type NetworkingArgs } from "../../components/networking";
import { recordComponents, type RecordedStack } from "./recorded-stack";

/** An Ingress with TLS. */
export const ingress = {
  className: "nginx",
  host: "nexus.example.com",
  tls: { secretName: "nexus-tls", clusterIssuer: "letsencrypt" },
  controllerNamespace: "ingress-nginx",
  timeoutSeconds: 3600,
  annotations: {},
};

export type Changes = Partial<Omit<NetworkingArgs, "settings"> & NetworkingArgs["settings"]>;

/** The whole platform without a node port or an Ingress, except for the changes. */
export function argsWith(changes: Changes): NetworkingArgs {
  const { nodePort, ingress: door, networkPolicies, policyScope, monitoringNamespace, ...facts } = changes;
  return {
    namespace: "nexus",
    names: standardNames,
    services: builtServices,
    database: { peer: "postgres", port: 5432 },
    cache: { peer: "redis", port: 6379 },
    backupStorage: undefined,
    operator: null,
    kernelHttpPort: 3000,
    kernelWsPort: 3001,
    nexusOsPort: 4000,
    kernelAi: false,
    mailPort: null,
    issuer: null,
    clusters: { ports: [443, 6443], privateNetworks: [], ownServers: [] },
    nodePortUrl: undefined,
    ingressPort: undefined,
    telemetry: false,
    ...facts,
    settings: {
      nodePort: nodePort ?? null,
      ingress: door ?? null,
      networkPolicies: networkPolicies ?? true,
      policyScope: policyScope ?? "namespace",
      monitoringNamespace: monitoringNamespace ?? "monitoring",
    },
  };
}

/** The objects of the networking alone. */
export function recordNetworking(changes: Changes = {}): Promise<RecordedStack> {
  return recordComponents(() => new Networking("networking", argsWith(changes)));
}
