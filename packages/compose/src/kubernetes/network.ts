import type { LossReport } from "../losses";
import { dnsName, imagePort, portBaseName, uniquePortNames } from "../names";
import { isNodePort } from "../model/ports";
import type { Service } from "../model/types";
import { compact, type KubernetesObject, metadataOf, selectorOf, type Target } from "./objects";

/** A port of container and Service, with its name (E10, E11). */
export interface NamedPort {
  readonly name: string;
  readonly target: number;
  readonly protocol: string;
  readonly published: string | undefined;
  readonly appProtocol: string | undefined;
}

/** The ports of a service; if the file names none, the usual port of its image. */
export function namedPorts({ ports, image }: Service): NamedPort[] {
  const known = imagePort(image);
  const implied = { published: undefined, protocol: "TCP", name: undefined, appProtocol: undefined } as const;
  const all = ports.length > 0 || known === undefined ? ports : [{ ...implied, target: known }];
  const names = uniquePortNames(
    all.map(({ target, protocol, name, appProtocol }) => portBaseName(target, protocol, name ?? appProtocol)),
  );
  return all.map((port, index) => ({ ...port, name: names[index] ?? "" }));
}

/**
 * The Service with compose's name. Without declared ports it is headless, and every port of the pods can be reached.
 */
export function serviceObject(
  service: Service,
  target: Target,
  ports: readonly NamedPort[],
  report: LossReport,
): KubernetesObject {
  const type = service.spec.service_type ?? "ClusterIP";
  const headless = type === "ClusterIP" && (service.headless || service.ports.length === 0);
  const reached = type !== "ClusterIP" || hasIngress(service);
  for (const { published, target: port } of service.ports)
    if (published !== undefined && !reached) {
      const effect = "it is reached inside the cluster only";
      const advice = `kubectl port-forward svc/${target.name} ${published.split("-")[0] ?? port}:${port}, or set x-nexus.service_type or x-nexus.ingress`;
      report.add(service.name, "ports.published", published, effect, advice);
    }
  const spec = compact({
    type,
    clusterIP: headless ? "None" : undefined,
    selector: selectorOf(target),
    ports: [...ports.map((port) => servicePort(port, type)), ...(type === "LoadBalancer" ? publishedPorts(ports) : [])],
  });
  return { apiVersion: "v1", kind: "Service", metadata: metadataOf(target, "service"), spec };
}

function servicePort({ name, target, protocol, published, appProtocol }: NamedPort, type: string) {
  const number = Number(published);
  return compact({
    name,
    port: target,
    targetPort: name,
    protocol,
    appProtocol,
    nodePort: type === "NodePort" && isNodePort(number) ? number : undefined,
  });
}

/** A load balancer also answers on published ports that differ from the target ports. */
function publishedPorts(ports: readonly NamedPort[]): object[] {
  const taken = new Set(ports.map(({ target, protocol }) => `${target}/${protocol}`));
  return ports.flatMap(({ name, protocol, published }) => {
    const port = Number(published);
    if (published === undefined || !Number.isInteger(port) || taken.has(`${port}/${protocol}`)) return [];
    taken.add(`${port}/${protocol}`);
    return [{ name: `p${port}-${protocol.toLowerCase()}`, port, targetPort: name, protocol }];
  });
}

/** One more name for a service. */
export function aliasObject(
  alias: string,
  target: Target,
  ports: readonly NamedPort[],
  headless: boolean,
): KubernetesObject {
  const spec = compact({
    type: "ClusterIP",
    clusterIP: headless ? "None" : undefined,
    selector: selectorOf(target),
    ports: ports.map((port) => servicePort(port, "ClusterIP")),
  });
  return { apiVersion: "v1", kind: "Service", metadata: metadataOf(target, "alias", alias), spec };
}

/** A name in one namespace for a service in another. */
export function foreignName(target: Target, namespace: string): KubernetesObject {
  const metadata = { ...metadataOf(target, "alias"), namespace };
  const externalName = `${target.name}.${target.namespace}.svc.cluster.local`;
  return { apiVersion: "v1", kind: "Service", metadata, spec: { type: "ExternalName", externalName } };
}

/** The Ingress of a service to its first TCP port; undefined if the service has none. */
export function ingressObject(
  service: Service,
  target: Target,
  ports: readonly NamedPort[],
): KubernetesObject | undefined {
  const { ingress, annotations } = service.spec;
  const port = ports.find(({ protocol }) => protocol === "TCP");
  if (!ingress || !hasIngress(service) || !port) return undefined;
  const { host, tls } = ingress;
  const path = {
    path: ingress.path ?? "/",
    pathType: "Prefix",
    backend: { service: { name: target.name, port: { name: port.name } } },
  };
  const secretName = typeof tls === "string" ? tls : dnsName(`${target.name}-tls`);
  const spec = compact({
    ingressClassName: ingress.class_name,
    tls: tls ? [compact({ hosts: host === undefined ? [] : [host], secretName })] : [],
    rules: [compact({ host, http: { paths: [path] } })],
  });
  const metadata = {
    ...metadataOf(target, "ingress"),
    ...(Object.keys(annotations ?? {}).length > 0 ? { annotations } : {}),
  };
  return { apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata, spec };
}

/** Settings of an Ingress enable it unless they switch it off. */
export function hasIngress({ spec }: Service): boolean {
  return spec.ingress !== undefined && spec.ingress.enabled !== false;
}
