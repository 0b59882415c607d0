import type { V1Service, V1ServicePort } from "@kubernetes/client-node";
import { KINDS, type Kind, wordsOf } from "../kinds";
import { backendsOf, targetPortOf, type Backend } from "./backends";
import { endpointsOf, type Endpoint } from "./endpoints";
import { isHeadless, serviceType, type ClusterObjects, type ServiceType } from "./objects";
import { signalsFor } from "./signals";

/** A port of a Service that may be a database. */
export interface Candidate {
  readonly kind: Kind;
  readonly namespace: string;
  readonly service: string;
  readonly type: ServiceType;
  /** The name resolves to single pods, not to the Service as a whole. */
  readonly headless: boolean;
  /** Its name is that of a read-only replica. */
  readonly replica: boolean;
  /** The endpoints of the Service's type first, the name inside the cluster last. */
  readonly endpoints: readonly Endpoint[];
  /** Ready pods behind the port. */
  readonly backends: readonly Backend[];
  /** Amount of evidence for the kind; higher is better. */
  readonly score: number;
  /** The evidence for the kind, in words. */
  readonly reasons: readonly string[];
}

const REPLICA_WORDS = new Set(["replica", "replicas", "slave", "secondary", "read", "ro", "repl", "readonly"]);

function candidate(
  kind: Kind,
  service: V1Service,
  port: V1ServicePort,
  type: ServiceType,
  objects: ClusterObjects,
): Candidate | undefined {
  const targetPort = targetPortOf(service, port, objects);
  const signals = signalsFor({ kind, service, port, targetPort, objects });
  if (signals.length === 0) return undefined;
  const backends = backendsOf(service, port, objects);
  const name = service.metadata?.name ?? "";
  return {
    kind,
    namespace: objects.namespace,
    service: name,
    type,
    headless: isHeadless(service),
    replica: wordsOf(name).some((word) => REPLICA_WORDS.has(word)),
    endpoints: endpointsOf(service, port, { targetPort, backends, nodes: objects.nodes }),
    backends,
    score: signals.reduce((sum, { points }) => sum + points, 0),
    reasons: signals.map(({ reason }) => reason),
  };
}

/** Best first: primaries before replicas, ordinary Services before headless ones, the higher score, then by name. */
export function byPreference(a: Candidate, b: Candidate): number {
  return (
    Number(a.replica) - Number(b.replica) ||
    Number(a.headless) - Number(b.headless) ||
    b.score - a.score ||
    a.namespace.localeCompare(b.namespace) ||
    a.service.localeCompare(b.service)
  );
}

/** Every port of the namespace's Services that may be a database (E12), best first for each kind. */
export function findCandidates(objects: ClusterObjects): Candidate[] {
  return KINDS.flatMap((kind) =>
    objects.services
      .flatMap((service) => {
        const type = serviceType(service);
        const ports = (service.spec?.ports ?? []).filter((port) => (port.protocol ?? "TCP") === "TCP");
        return type ? ports.map((port) => candidate(kind, service, port, type, objects)) : [];
      })
      .filter((one) => one !== undefined)
      .sort(byPreference),
  );
}
