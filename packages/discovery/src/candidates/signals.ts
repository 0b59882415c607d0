import type { V1Service, V1ServicePort } from "@kubernetes/client-node";
import { KIND_FACTS, KINDS, OTHER_PORT_WORDS, type Kind, wordsOf } from "../kinds";
import { imagesBehind } from "./backends";
import { kindOfImage, kindOfName } from "./image-name";
import { oncePerService, podsOf, type ClusterObjects } from "./objects";

/** One piece of evidence that a port belongs to a kind of database. */
export interface Signal {
  readonly points: number;
  readonly reason: string;
}

const POINTS = { image: 50, portNumber: 30, label: 25, name: 20, portName: 20 } as const;

/** Labels whose value names the software. */
const LABELS = ["app.kubernetes.io/name", "app.kubernetes.io/component", "app", "k8s-app"];

/** The name that a port without a known protocol gets from a compose file (E10), so it says nothing about the protocol. */
const ANY_PROTOCOL = "http";

interface PortQuestion {
  readonly kind: Kind;
  readonly service: V1Service;
  readonly port: V1ServicePort;
  readonly targetPort: number;
  readonly objects: ClusterObjects;
}

/** The label that names each kind, on the Service or on one of its pods. */
const labelledKinds = oncePerService((service, objects): ReadonlyMap<Kind, string> => {
  const found = new Map<Kind, string>();
  const labelled = [service, ...podsOf(service, objects)].map(({ metadata }) => metadata?.labels ?? {});
  for (const key of LABELS) {
    for (const value of new Set(labelled.map((labels) => labels[key] ?? ""))) {
      const kind = kindOfName(value);
      if (kind && !found.has(kind)) found.set(kind, key);
    }
  }
  return found;
});

/** Evidence from the workload: image, labels and names. */
function workloadSignals({ kind, service, targetPort, objects }: PortQuestion): Signal[] {
  const signals: Signal[] = [];
  const image = imagesBehind(service, targetPort, objects).find((one) => kindOfImage(one) === kind);
  if (image) signals.push({ points: POINTS.image, reason: `image ${image}` });
  const label = labelledKinds(service, objects).get(kind);
  if (label) signals.push({ points: POINTS.label, reason: `label ${label}` });
  const name = service.metadata?.name ?? "";
  if (kindOfName(name) === kind) signals.push({ points: POINTS.name, reason: `name ${name}` });
  return signals;
}

/** Evidence from the port itself: its number, at the Service or at the container, and its name. */
function portSignals({ kind, port, targetPort }: PortQuestion): Signal[] {
  const { ports, portNames } = KIND_FACTS[kind];
  const signals: Signal[] = [];
  const number = [port.port, targetPort].find((one) => ports.includes(one));
  if (number !== undefined) signals.push({ points: POINTS.portNumber, reason: `port ${number}` });
  const words = wordsOf(port.name ?? "");
  if (words.some((word) => portNames.includes(word)) && !words.some((word) => OTHER_PORT_WORDS.has(word)))
    signals.push({ points: POINTS.portName, reason: `port name ${port.name}` });
  return signals;
}

/** True for a port that is known to have another protocol, such as metrics or that of another database. */
function belongsElsewhere({ kind, service, port, targetPort }: PortQuestion): boolean {
  const numbers = [port.port, targetPort];
  if (KINDS.some((one) => KIND_FACTS[one].otherPorts.some((other) => numbers.includes(other)))) return true;
  if (KINDS.some((one) => one !== kind && KIND_FACTS[one].ports.includes(targetPort))) return true;
  if (port.name !== ANY_PROTOCOL && wordsOf(port.name ?? "").some((word) => OTHER_PORT_WORDS.has(word))) return true;
  const tcpPorts = (service.spec?.ports ?? []).filter((one) => (one.protocol ?? "TCP") === "TCP");
  return tcpPorts.length > 1;
}

/**
 * The evidence that a port belongs to a kind; empty if it is not a candidate. A port with a typical number or name is a
 * candidate. Any other port is one only if it is the Service's only port, and image or labels name the kind.
 */
export function signalsFor(question: PortQuestion): Signal[] {
  const port = portSignals(question);
  const workload = workloadSignals(question);
  if (port.length > 0) return [...workload, ...port];
  const workloadIsSure = workload.some(({ points }) => points >= POINTS.label);
  return workloadIsSure && !belongsElsewhere(question) ? workload : [];
}
