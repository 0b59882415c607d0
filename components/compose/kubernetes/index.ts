import type { LossReport } from "../losses";
import { dnsName } from "../names";
import type { PodSecurity } from "../model/security";
import type { FileSet, Project, Service } from "../model/types";
import { type ComposeProblem, ComposeError } from "../source/problem";
import { type GateImages, gates, type Peer } from "./gates";
import { aliasObject, foreignName, hasIngress, ingressObject, namedPorts, serviceObject } from "./network";
import { type KubernetesObject, metadataOf, type Target } from "./objects";
import { resourceProblems } from "./resources";
import { environmentObjects, fileSetName, fileSetObject } from "./settings";
import { claimObject } from "./volumes";
import { workload } from "./workload";

export interface ManifestOptions {
  readonly namespace: string;
  readonly podSecurity: PodSecurity;
  readonly imagePullSecret: string | undefined;
  readonly gateImages: GateImages;
  readonly report: LossReport;
}

/** The Kubernetes objects of a project. @throws ComposeError where names clash */
export function manifests(project: Project, options: ManifestOptions): KubernetesObject[] {
  const problems: ComposeProblem[] = [];
  const peers = new Map(project.services.map((service) => [service.name, peerOf(service, project, options, problems)]));
  for (const { service } of peers.values())
    for (const text of resourceProblems(service))
      problems.push({ place: service.place, key: `services.${service.name}`, text, fix: "raise the limit" });
  if (problems.length > 0) throw new ComposeError(problems);
  const converter = new Converter(project, peers, options);
  const spaces = [...new Set([options.namespace, ...[...peers.values()].map(({ target }) => target.namespace)])];
  const objects = [
    ...spaces.map((name) => namespaceObject(name, project.name, options.podSecurity)),
    ...[...peers.values()].flatMap((peer) => converter.objects(peer)),
    ...converter.claims(),
    ...converter.files(),
    ...spaces.flatMap((space) =>
      [...peers.values()]
        .filter(({ target }) => target.namespace !== space && spaces.length > 1 && hasPeersIn(peers, space))
        .map(({ target }) => foreignName(target, space)),
    ),
  ];
  checkUnique(objects, project);
  return objects;
}

function hasPeersIn(peers: ReadonlyMap<string, Peer>, space: string): boolean {
  return [...peers.values()].some(({ target }) => target.namespace === space);
}

function peerOf(service: Service, project: Project, options: ManifestOptions, problems: ComposeProblem[]): Peer {
  const name = dnsName(service.name);
  const key = `services.${service.name}`;
  if (name === "")
    problems.push({ place: service.place, key, text: "leaves no name for Kubernetes", fix: "use a letter" });
  const twin = project.services.find((other) => other !== service && dnsName(other.name) === name);
  if (twin)
    problems.push({
      place: service.place,
      key,
      text: `becomes "${name}", as "${twin.name}" does`,
      fix: "rename one of them",
    });
  if (name !== service.name && name !== "") {
    const users = project.services.filter(({ environment }) =>
      environment.some(({ value }) => mentions(value, service.name)),
    );
    const where =
      users.length > 0 ? ` in variables of ${users.map((user) => user.name).join(", ")}` : " where it is used";
    options.report.add(service.name, "", service.name, `its name in the cluster is ${name}`, `write ${name}${where}`);
  }
  const namespace = service.spec.namespace ?? options.namespace;
  return { service, target: { name, namespace, project: project.name, place: service.place } };
}

function mentions(value: string, name: string): boolean {
  return value.split(/[^A-Za-z0-9._-]+/).includes(name);
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

  public constructor(
    private readonly project: Project,
    private readonly peers: ReadonlyMap<string, Peer>,
    private readonly options: ManifestOptions,
  ) {}

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
    const gate = gates(peer, this.peers, gateImages, report);
    const settings = environmentObjects(service, target, report);
    const { templates, shared } = this.storage(peer);
    const files = service.mounts.flatMap((mount) => (mount.kind === "files" ? [this.file(mount.set, target)] : []));
    const visible = [...settings.objects, ...files].filter((one) => one?.kind === "ConfigMap");
    const pods = workload({
      ...{ target, service, ports, envFrom: settings.envFrom, volumes: this.project.volumes, templates, shared },
      ...{ gates: gate, podSecurity, imagePullSecret, settings: visible, report },
    });
    const ingress = ingressObject(service, target, ports);
    if (hasIngress(service) && !ingress)
      report.add(service.name, "x-nexus.ingress", "", "there is no TCP port for it", "add `ports` or `expose`");
    const isJob = pods.kind === "Job";
    return [
      ...settings.objects,
      ...gate.objects,
      pods,
      ...(isJob ? [] : [serviceObject(service, target, ports, report), ...this.aliases(peer)]),
      ...(ingress && !isJob ? [ingress] : []),
    ];
  }

  /** Volumes of this service alone come from claim templates, those of several from claims of their own. */
  private storage({ service, target }: Peer): { templates: Set<string>; shared: string[] } {
    const templates = new Set<string>();
    const shared: string[] = [];
    for (const mount of service.mounts) {
      if (mount.kind !== "volume") continue;
      const volume = this.project.volumes.get(mount.volume);
      if (!volume) continue;
      const users = this.project.services.filter(({ mounts }) =>
        mounts.some((one) => one.kind === "volume" && one.volume === mount.volume),
      );
      if (!volume.external && users.length === 1 && service.mode === "replicated") {
        templates.add(mount.volume);
        continue;
      }
      const single = (volume.spec.access_mode ?? "ReadWriteOnce") === "ReadWriteOnce";
      if (!volume.external && users.length > 1 && single && !shared.includes(dnsName(volume.name))) {
        shared.push(dnsName(volume.name));
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
      const name = dnsName(alias);
      const owners = this.project.services.filter(
        (other) => dnsName(other.name) === name || (other !== service && other.aliases.includes(alias)),
      );
      if (name === target.name) return [];
      if (name === alias && owners.length === 0) return [aliasObject(name, target, ports, service.ports.length === 0)];
      const effect = owners.length > 0 ? "another service has this name" : "Kubernetes takes no such name";
      this.options.report.add(service.name, "networks.aliases", alias, effect, `use ${target.name}`);
      return [];
    });
  }
}

function annotated(annotations: readonly (readonly [string, string])[]) {
  return annotations.length > 0 ? { annotations: Object.fromEntries(annotations) } : {};
}

/** Two objects of one kind and name would overwrite each other. */
function checkUnique(objects: readonly KubernetesObject[], project: Project): void {
  const names = new Set<string>();
  for (const { kind, metadata } of objects) {
    const name = `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
    const [first] = project.services;
    const owner = project.services.find(({ name: service }) => metadata.name.startsWith(dnsName(service))) ?? first;
    if (names.has(name) && owner)
      throw new ComposeError([
        {
          place: owner.place,
          key: `services.${owner.name}`,
          text: `two objects would be ${name}`,
          fix: "rename one of them",
        },
      ]);
    names.add(name);
  }
}
