import type { LossReport } from "../losses";
import { dnsName, imagePort } from "../names";
import type { Dependency, Service } from "../model/types";
import { type KubernetesObject, metadataOf, type Target } from "./objects";

/** Images of the programs that wait; both are small and come from their projects' own registries. */
export interface GateImages {
  /** Has `nc` and a shell. @default busybox */
  readonly wait: string;
  /** Has `kubectl` 1.31 or newer on its path. @default the Kubernetes project's own */
  readonly kubectl: string;
}

const ATTEMPTS = 150;
const JOB_TIMEOUT_SECONDS = 300;
const TOKEN_VOLUME = "gate-token";
const NOBODY = 65_534;
/** kubectl needs about 50Mi. A pod counts the larger of its init and its other containers, so this rarely adds to it. */
const KUBECTL_RESOURCES = { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "500m", memory: "256Mi" } };
const RESOURCES = { requests: { cpu: "10m", memory: "16Mi" }, limits: { cpu: "100m", memory: "64Mi" } };
const SECURITY = {
  runAsNonRoot: true,
  runAsUser: NOBODY,
  runAsGroup: NOBODY,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

export interface Peer {
  readonly service: Service;
  readonly target: Target;
}

export interface Gates {
  readonly initContainers: readonly object[];
  readonly volumes: readonly object[];
  readonly serviceAccountName: string | undefined;
  readonly objects: readonly KubernetesObject[];
}

/** Init containers that hold a pod back until its dependencies are ready. */
export function gates(
  { service, target }: Peer,
  peers: ReadonlyMap<string, Peer>,
  reaches: (from: Service, to: Service) => boolean = () => true,
  images: GateImages,
  report: LossReport,
): Gates {
  const jobs = service.dependsOn.filter(({ condition }) => condition === "service_completed_successfully");
  const initContainers = service.dependsOn.flatMap((dependency): object[] => {
    const peer = peers.get(dependency.service);
    if (!peer) return [];
    if (jobs.includes(dependency)) return jobGate(peer.target, images);
    if (!reaches(service, peer.service)) {
      const effect = "the service does not wait: they share no network";
      report.add(service.name, "depends_on", dependency.service, effect, "give them one");
      return [];
    }
    return portGate(dependency, peer, target, images, service, report);
  });
  if (jobs.length === 0) return { initContainers, volumes: [], serviceAccountName: undefined, objects: [] };
  const name = dnsName(`${target.name}-gate`);
  const awaited = jobs.flatMap(({ service: job }) => peers.get(job)?.target ?? []);
  return {
    initContainers,
    volumes: [tokenVolume],
    serviceAccountName: name,
    objects: [
      serviceAccount(name, target),
      ...namespaces(awaited).flatMap((space) => access(name, target, space, awaited)),
    ],
  };
}

/** The dependency's first TCP port; its Service answers as soon as a pod is ready. */
function portGate(
  { service: name, condition }: Dependency,
  { service, target }: Peer,
  from: Target,
  images: GateImages,
  waiting: Service,
  report: LossReport,
): object[] {
  if (service.mode === "job") {
    const effect = `the service does not wait: ${name} ends, and has no Service`;
    const advice = "use the condition service_completed_successfully";
    report.add(waiting.name, "depends_on", `${name}: ${condition}`, effect, advice);
    return [];
  }
  const port = service.ports.find(({ protocol }) => protocol === "TCP")?.target ?? imagePort(service.image);
  if (port === undefined) {
    const effect = `the service does not wait: no TCP port of ${name} is known`;
    report.add(waiting.name, "depends_on", `${name}: ${condition}`, effect, `add \`expose\` to ${name}`);
    return [];
  }
  const host = target.namespace === from.namespace ? target.name : `${target.name}.${target.namespace}`;
  const script = [
    // Not every busybox supports -z, but all of them can run a program after connecting if it is given last. The
    // kubelet makes `$(` of `$$(`.
    `for attempt in $$(seq ${ATTEMPTS}); do`,
    `nc -w 2 ${host} ${port} -e true && exit 0; echo "waiting for ${host}:${port}"; sleep 2;`,
    `done; exit 1`,
  ].join(" ");
  return [gate(target.name, images.wait, ["/bin/sh", "-c", script])];
}

/** Waits first until the Job exists, which may be made after the pod, and then until it is complete. */
function jobGate({ name, namespace }: Target, images: GateImages): object[] {
  const mount = { name: TOKEN_VOLUME, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", readOnly: true };
  const wait = (suffix: string, event: string) => ({
    ...gate(`${name}${suffix}`, images.kubectl, [
      "kubectl",
      "wait",
      `--for=${event}`,
      `--timeout=${JOB_TIMEOUT_SECONDS}s`,
      `--namespace=${namespace}`,
      `job/${name}`,
    ]),
    resources: KUBECTL_RESOURCES,
    volumeMounts: [mount],
  });
  return [wait("-to-exist", "create"), wait("", "condition=complete")];
}

function gate(name: string, image: string, command: string[]) {
  return { name: dnsName(`wait-for-${name}`), image, command, resources: RESOURCES, securityContext: SECURITY };
}

/** Only the init container may have the token, so it is not mounted in the kubelet's usual way. */
const tokenVolume = {
  name: TOKEN_VOLUME,
  projected: {
    sources: [
      { serviceAccountToken: { path: "token", expirationSeconds: 3600 } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
    ],
  },
};

function serviceAccount(name: string, target: Target): KubernetesObject {
  const metadata = metadataOf(target, "gate", name);
  return { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false };
}

function namespaces(targets: readonly Target[]): string[] {
  return [...new Set(targets.map(({ namespace }) => namespace))];
}

/** Allows reading the awaited Jobs, and nothing else. */
function access(name: string, target: Target, namespace: string, awaited: readonly Target[]): KubernetesObject[] {
  const resourceNames = awaited.filter((one) => one.namespace === namespace).map((one) => one.name);
  const metadata = { ...metadataOf(target, "gate", name), namespace };
  const rules = [{ apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "list", "watch"], resourceNames }];
  const api = { apiVersion: "rbac.authorization.k8s.io/v1", metadata };
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name };
  const subjects = [{ kind: "ServiceAccount", name, namespace: target.namespace }];
  return [
    { ...api, kind: "Role", rules },
    { ...api, kind: "RoleBinding", roleRef, subjects },
  ];
}
