import type { LossReport } from "../losses";
import { serviceName } from "../names";
import type { PodSecurity } from "../model/security";
import type { FileSet, Project, Service } from "../model/types";
import { type ComposeProblem, fail } from "../source/problem";
import { autoscalerObject, withoutReplicas } from "./autoscaler";
import { type GateImages, gates, type Peer } from "./gates";
import { aliasObject, foreignName, hasIngress, ingressObject, namedPorts, serviceObject } from "./network";
import { networkPolicies, type NetworkPolicies } from "./network-policies";
import { type KubernetesObject, metadataOf, type Target } from "./objects";
import { resourceProblems } from "./resources";
import { environmentObjects, fileSetName, fileSetObject } from "./settings";
import { claimObject } from "./volumes";
import { mostPods, workload } from "./workload";

export interface ManifestOptions {
  readonly namespace: string;
  readonly podSecurity: PodSecurity;
  readonly networkPolicies: boolean;
  readonly imagePullSecret: string | undefined;
  readonly gateImages: GateImages;
  readonly report: LossReport;
}

/**
 * Problems for which a cluster would refuse a project: invalid or conflicting names, and requests above their limits.
 */
export function manifestProblems({ services }: Project): ComposeProblem[] {
  const names = new Map<string, string>();
  return services.flatMap((service) => {
    const { name, place } = service;
    const key = `services.${name}`;
    const problems = resourceProblems(service).map((text) => ({ place, key, text, fix: "raise the limit" }));
    const label = serviceName(name);
    const twin = names.get(label);
    names.set(label, name);
    if (label === "") problems.push({ place, key, text: "leaves no name for Kubernetes", fix: "use a letter" });
    else if (twin !== undefined)
      problems.push({ place, key, text: `becomes "${label}", as "${twin}" does`, fix: "rename one of them" });
    return problems;
  });
}

/**
 * The Kubernetes objects of a project without {@link manifestProblems}.
 * @throws ComposeError if objects have the same name
 */
export function manifests(project: Project, options: ManifestOptions): KubernetesObject[] {
  const mentions = mentionsIn(project.services);
  const peers = new Map(project.services.map((service) => [service.name, peerOf(service, project, options, mentions)]));
  const policies = options.networkPolicies ? networkPolicies(project, peers, options.report) : undefined;
  const converter = new Converter(project, peers, policies, options);
  const spaces = [...new Set([options.namespace, ...[...peers.values()].map(({ target }) => target.namespace)])];
  const inhabited = new Set([...peers.values()].map(({ target }) => target.namespace));
  const objects = [
    ...spaces.map((name) => namespaceObject(name, project.name, options.podSecurity)),
    ...[...peers.values()].flatMap((peer) => converter.objects(peer)),
    ...(policies?.objects ?? []),
    ...converter.claims(),
    ...converter.files(),
    ...spaces.flatMap((space) =>
      [...peers.values()]
        .filter(({ target }) => target.namespace !== space && spaces.length > 1 && inhabited.has(space))
        .map(({ target }) => foreignName(target, space)),
    ),
  ];
  checkUnique(objects, project);
  return objects;
}

function peerOf(service: Service, project: Project, options: ManifestOptions, mentions: Mentions): Peer {
  const name = serviceName(service.name);
  if (name !== service.name) {
    const users = [...(mentions.get(service.name) ?? [])];
    const where = users.length > 0 ? ` in variables of ${users.join(", ")}` : " where it is used";
    options.report.add(service.name, "", service.name, `its name in the cluster is ${name}`, `write ${name}${where}`);
  }
  const namespace = service.spec.namespace ?? options.namespace;
  return { service, target: { name, namespace, project: project.name, place: service.place } };
}

/** For each service, the services whose names are in its variables. */
type Mentions = ReadonlyMap<string, ReadonlySet<string>>;

function mentionsIn(services: readonly Service[]): Mentions {
  const found = new Map(services.map(({ name }) => [name, new Set<string>()]));
  for (const { name, environment } of services)
    for (const { value } of environment) for (const word of value.split(/[^A-Za-z0-9._-]+/)) found.get(word)?.add(name);
  return found;
}

/** Adds to the list under a key. */
function collect<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

function namespaceObject(name: string, project: string, level: PodSecurity): KubernetesObject {
  const labels = {
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/part-of": project,
    "app.kubernetes.io/component": "namespace",
    "app.kubernetes.io/managed-by": "pulumi",
    "pod-security.kubernetes.io/enforce": level,
    "pod-security.kubernetes.io/audit": level,
    "pod-security.kubernetes.io/warn": level,
  };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

class Converter {
  private readonly claimed = new Map<string, KubernetesObject>();
  private readonly fileObjects = new Map<string, KubernetesObject>();
  private readonly volumeUsers = new Map<string, Service[]>();
  private readonly byName = new Map<string, Service[]>();
  private readonly byAlias = new Map<string, Service[]>();

  public constructor(
    private readonly project: Project,
    private readonly peers: ReadonlyMap<string, Peer>,
    private readonly policies: NetworkPolicies | undefined,
    private readonly options: ManifestOptions,
  ) {
    for (const service of project.services) {
      collect(this.byName, serviceName(service.name), service);
      for (const alias of new Set(service.aliases)) collect(this.byAlias, alias, service);
      const volumes = new Set(service.mounts.flatMap((mount) => (mount.kind === "volume" ? [mount.volume] : [])));
      for (const volume of volumes) collect(this.volumeUsers, volume, service);
    }
  }

  public claims(): KubernetesObject[] {
    return [...this.claimed.values()];
  }

  public files(): KubernetesObject[] {
    return [...this.fileObjects.values()];
  }

  public objects(peer: Peer): KubernetesObject[] {
    const { service, target } = peer;
    const { report, podSecurity, imagePullSecret, gateImages } = this.options;
    const ports = namedPorts(service);
    const gate = gates(peer, this.peers, this.policies?.reaches, gateImages, report);
    const settings = environmentObjects(service, target, report);
    const { templates, shared } = this.storage(peer);
    const files = service.mounts.flatMap((mount) => (mount.kind === "files" ? [this.file(mount.set, target)] : []));
    const visible = [...settings.objects, ...files].filter((one) => one?.kind === "ConfigMap");
    const pods = workload({
      target,
      service,
      ports,
      envFrom: settings.envFrom,
      volumes: this.project.volumes,
      templates,
      shared,
      gates: gate,
      networks: this.policies?.labels(service) ?? {},
      podSecurity,
      imagePullSecret,
      settings: visible,
      report,
    });
    const ingress = ingressObject(service, target, ports);
    if (hasIngress(service) && !ingress)
      report.add(service.name, "x-nexus.ingress", "", "there is no TCP port for it", "add `ports` or `expose`");
    const autoscaler = autoscalerObject(service, target, pods);
    if (service.spec.autoscaling && !autoscaler)
      report.add(service.name, "x-nexus.autoscaling", "", `a ${pods.kind} is not scaled`, "leave it out");
    const isJob = pods.kind === "Job";
    return [
      ...settings.objects,
      ...gate.objects,
      ...(autoscaler ? [withoutReplicas(pods), autoscaler] : [pods]),
      ...(isJob ? [] : [serviceObject(service, target, ports, report), ...this.aliases(peer)]),
      ...(ingress && !isJob ? [ingress] : []),
    ];
  }

  /** Volumes of a single service come from claim templates, those of several services from separate claims. */
  private storage({ service, target }: Peer): { templates: Set<string>; shared: string[] } {
    const templates = new Set<string>();
    const shared: string[] = [];
    for (const mount of service.mounts) {
      if (mount.kind !== "volume") continue;
      const volume = this.project.volumes.get(mount.volume);
      if (!volume) continue;
      const users = this.volumeUsers.get(mount.volume) ?? [];
      if (!volume.external && users.length === 1 && service.mode === "replicated") {
        templates.add(mount.volume);
        const pods = mostPods(service);
        const effect = `each of ${pods} pods has a volume of its own, which compose would share`;
        if (pods > 1) this.options.report.add(service.name, "volumes", mount.volume, effect, "run one pod");
        continue;
      }
      const single = (volume.spec.access_mode ?? "ReadWriteOnce") === "ReadWriteOnce";
      if (!volume.external && users.length > 1 && single && !shared.includes(volume.label)) {
        shared.push(volume.label);
        const others = users.map(({ name }) => name).join(", ");
        const advice = "set `x-nexus.access_mode: ReadWriteMany` of the volume where the cluster has such storage";
        this.options.report.add("-", `volumes.${volume.name}`, others, "their pods run on one node", advice);
      }
      if (volume.external) continue;
      const metadata = { ...metadataOf({ ...target, name: volume.claim }, "volume"), ...annotated(volume.annotations) };
      this.claimed.set(`${target.namespace}/${volume.claim}`, claimObject(volume, metadata));
    }
    return { templates, shared };
  }

  private file(set: FileSet, target: Target): KubernetesObject | undefined {
    const object = fileSetObject(set, { ...target, name: fileSetName(set) });
    if (object) this.fileObjects.set(`${target.namespace}/${object.kind}/${object.metadata.name}`, object);
    return object;
  }

  private aliases({ service, target }: Peer): KubernetesObject[] {
    const ports = namedPorts(service);
    return service.aliases.flatMap((alias) => {
      const name = serviceName(alias);
      const others = (this.byAlias.get(alias) ?? []).filter((other) => other !== service);
      const owners = [...(this.byName.get(name) ?? []), ...others];
      if (name === target.name) return [];
      if (name === alias && owners.length === 0) return [aliasObject(name, target, ports, service.ports.length === 0)];
      const effect = owners.length > 0 ? "another service has this name" : "Kubernetes does not accept this name";
      this.options.report.add(service.name, "networks.aliases", alias, effect, `use ${target.name}`);
      return [];
    });
  }
}

function annotated(annotations: readonly (readonly [string, string])[]) {
  return annotations.length > 0 ? { annotations: Object.fromEntries(annotations) } : {};
}

/** Two objects of one kind and name would overwrite each other. */
function checkUnique(objects: readonly KubernetesObject[], { services }: Project): void {
  const names = new Set<string>();
  for (const { kind, metadata } of objects) {
    const name = `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
    const owner = names.has(name)
      ? (services.find((one) => metadata.name.startsWith(serviceName(one.name))) ?? services[0])
      : undefined;
    if (owner) fail(owner.place, `services.${owner.name}`, `two objects would be ${name}`, "rename one of them");
    names.add(name);
  }
}
