import type { LossReport } from "../losses";
import { distinctLabels, dnsName } from "../names";
import type { Project, Service } from "../model/types";
import type { Peer } from "./gates";
import { hasIngress, namedPorts } from "./network";
import { type KubernetesObject, metadataOf, selectorOf } from "./objects";

/** The NetworkPolicies of a project whose networks separate services. */
export interface NetworkPolicies {
  readonly objects: readonly KubernetesObject[];
  /** Labels of a service's pods, by which policies recognise its networks. */
  readonly labels: (service: Service) => Readonly<Record<string, string>>;
  /** True if the pods of one service may connect to those of another. */
  readonly reaches: (from: Service, to: Service) => boolean;
}

const DNS = {
  to: [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
      podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    },
  ],
  ports: [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
  ],
};

const NONE: NetworkPolicies = { objects: [], labels: () => ({}), reaches: () => true };

/** Services that share a network reach each other, as on a bridge of Docker; everybody reaches published ports. */
export function networkPolicies(
  { services, internalNetworks, name: project }: Project,
  peers: ReadonlyMap<string, Peer>,
  report: LossReport,
): NetworkPolicies {
  const members = new Map<string, Set<Service>>();
  for (const service of services)
    for (const network of service.networks) members.set(network, (members.get(network) ?? new Set()).add(service));
  const isClosed = ({ networks }: Service) => networks.every((network) => internalNetworks.has(network));
  const isTogether = [...members.values()].some(({ size }) => size === services.length);
  if (isTogether && !services.some(isClosed)) return NONE;
  const names = distinctLabels(members.keys());
  const labelOf = (network: string) => `network.nexus/${names.get(network) ?? network}`;
  const spaces = new Set([...peers.values()].map(({ target }) => target.namespace));
  const peerOf = (network: string) => ({
    podSelector: { matchLabels: { [labelOf(network)]: "member" } },
    ...(spaces.size > 1 ? { namespaceSelector: { matchLabels: { "app.kubernetes.io/part-of": project } } } : {}),
  });
  const policy = (peer: Peer, name: string, spec: object): KubernetesObject => {
    const metadata = metadataOf(peer.target, "network", dnsName(name));
    return { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata, spec };
  };
  const shared = [...members].flatMap(([network, users]) => {
    // One policy in each namespace that has members of the network.
    const owners = new Map(
      [...users].flatMap(({ name }) => peers.get(name) ?? []).map((one) => [one.target.namespace, one]),
    );
    const podSelector = { matchLabels: { [labelOf(network)]: "member" } };
    return [...owners.values()].map(({ service, target }) => {
      const own = { service, target: { ...target, name: dnsName(`network-${names.get(network) ?? network}`) } };
      return policy(own, own.target.name, {
        podSelector,
        policyTypes: ["Ingress"],
        ingress: [{ from: [peerOf(network)] }],
      });
    });
  });
  const own = [...peers.values()].flatMap((peer): KubernetesObject[] => {
    const { service, target } = peer;
    const podSelector = { matchLabels: selectorOf(target) };
    const isPublished = service.ports.some(({ published }) => published !== undefined) && !isClosed(service);
    const isAsked = hasIngress(service) || (service.spec.service_type ?? "ClusterIP") !== "ClusterIP";
    const ports = namedPorts(service)
      .filter(({ published }) => isAsked || (isPublished && published !== undefined))
      .map(({ target: port, protocol }) => ({ port, protocol }));
    const published = { podSelector, policyTypes: ["Ingress"], ingress: [{ ports }] };
    const egress = [{ to: service.networks.map(peerOf) }, DNS];
    const waits = service.dependsOn.some(({ condition }) => condition === "service_completed_successfully");
    if (isClosed(service) && waits) {
      const effect = "it reaches outside of its networks, because it asks Kubernetes when a job ends";
      report.add(service.name, "networks", service.networks, effect, "wait in the program instead");
    }
    return [
      ...(ports.length > 0 ? [policy(peer, `${target.name}-published`, published)] : []),
      ...(isClosed(service) && !waits
        ? [policy(peer, `${target.name}-internal`, { podSelector, policyTypes: ["Egress"], egress })]
        : []),
    ];
  });
  return {
    objects: [...shared, ...own],
    labels: ({ networks }) => Object.fromEntries(networks.map((network) => [labelOf(network), "member"])),
    reaches: (from, to) => from.networks.some((network) => to.networks.includes(network)),
  };
}
