import { createHash, randomUUID } from "node:crypto";
import { type ClusterObject, idOf, planDeployment, type PlannedObject } from "@nexus/clusters";
import { type Page, type PageRequest, type Principal, ServiceError } from "@nexus/service";
import type { Converted } from "../projects/conversion";
import { ofTarget, type ProjectContent, type WrittenVariable, withTarget } from "../projects/project-content";
import { complete, type ProjectService } from "../projects/project-service";
import { allowMembers, type ClusterStore } from "../store/cluster-store";
import type { Deployment, DeploymentFilter, DeploymentStore, Revision } from "../store/deployment-store";
import { addRevision, type DeploymentPlace, type NewRevision, placeDeployment } from "../store/revision-store";
import type { TenantAccess } from "../tenants/tenant-access";
import type { ClusterAccess } from "./cluster-access";
import type { OwnNamespaces } from "./own-namespaces";
import { compared, manifestFiles, restarted, scaled, withoutSecrets } from "./revision-objects";
import type { SealedBox } from "./sealed-box";
import { discovered } from "../clusters/variable-map";

export interface DeploymentServiceOptions {
  readonly deployments: DeploymentStore;
  readonly stored: ClusterStore;
  readonly clusters: ClusterAccess;
  readonly ownNamespaces: OwnNamespaces;
  readonly projects: ProjectService;
  readonly access: TenantAccess;
  readonly box: SealedBox;
  /** Called when there is a revision to apply. */
  readonly onRevision: () => void;
}

/** Where a project goes. */
export interface Target {
  readonly clusterId: string;
  /** The project's own without it. */
  readonly namespace: string | undefined;
  readonly variables: readonly WrittenVariable[];
  /** The revision that it is made from, 0 for none; undefined for whichever there is. */
  readonly expected: number | undefined;
}

export interface DeployRequest {
  readonly projectId: string;
  readonly version: number | undefined;
  readonly targets: readonly Target[];
  /** Whether targets wait for the ones before. */
  readonly inTurn: boolean;
  /** Takes what the last scan of the cluster found for variables that nobody gave a value. */
  readonly discover: boolean;
  /** Takes over what somebody else manages. */
  readonly force: boolean;
}

export interface Preview extends Omit<Converted, "objects"> {
  readonly objects: readonly PlannedObject[];
}

/** A change of a deployment that exists. */
export type DeploymentChange = { readonly expected: number | undefined } & (
  | { readonly act: "rollback"; readonly revision: number }
  | { readonly act: "restart"; readonly service: string | undefined }
  | { readonly act: "scale"; readonly service: string; readonly replicas: number }
  | { readonly act: "remove"; readonly withVolumes: boolean }
);

interface Prepared {
  readonly place: DeploymentPlace;
  readonly version: number;
  readonly converted: Converted;
}

/** Deployments of the tenant that the caller works in. */
export class DeploymentService {
  constructor(private readonly options: DeploymentServiceOptions) {}

  async list(caller: Principal, page: PageRequest, of: DeploymentFilter = {}): Promise<Page<Deployment>> {
    await this.options.access.require(caller, "deployments.read");
    return await this.options.deployments.list(caller.tenantId, page, of);
  }

  async find(caller: Principal, id: string): Promise<Deployment> {
    await this.options.access.require(caller, "deployments.read");
    return await this.get(caller.tenantId, id);
  }

  async revisions(caller: Principal, id: string): Promise<Revision[]> {
    await this.find(caller, id);
    return await this.options.deployments.revisions(caller.tenantId, id);
  }

  /** What a deployment would change in the cluster; nothing is kept. */
  async preview(caller: Principal, request: DeployRequest): Promise<Preview> {
    const [target] = request.targets;
    if (!target) throw new ServiceError("cluster_not_found");
    const { place, converted } = await this.prepare(caller, request, target);
    const { objects, ...about } = converted;
    const present = await this.present(caller.tenantId, place);
    const deploymentId = present?.id ?? randomUUID();
    const plan = await this.options.clusters.ask(caller.tenantId, place.clusterId, ({ client }) =>
      planDeployment(client, {
        deploymentId,
        objects: objects as readonly ClusterObject[],
        previous: present?.latest.objects ?? [],
        force: request.force,
      }),
    );
    return { ...about, objects: withoutSecrets(plan, objects as readonly ClusterObject[]) };
  }

  /** Makes a revision for each target. @param key an idempotency key: the same request again changes nothing */
  async deploy(caller: Principal, request: DeployRequest, key: string | undefined): Promise<Deployment[]> {
    const { access, box, deployments } = this.options;
    const { tenantId, userId } = caller;
    await access.require(caller, "deployments.write");
    const hash = createHash("sha256").update(JSON.stringify(request)).digest("base64url");
    const before = await this.replayed(tenantId, key, hash);
    if (before) return before;
    const prepared: Prepared[] = [];
    for (const target of request.targets) prepared.push(await this.prepare(caller, request, target));
    const rolloutId = randomUUID();
    const ids = await access.change(caller, "deployments.write", async (tx) => {
      const made: string[] = [];
      for (const [position, { place, version, converted }] of prepared.entries()) {
        const id = await placeDeployment(tx, tenantId, place);
        const objects = converted.objects as readonly ClusterObject[];
        await addRevision(tx, id, place, {
          ...newRevision(box, caller, objects),
          act: "deploy",
          detail: null,
          projectVersion: version,
          force: request.force,
          expected: request.targets[position]?.expected,
          rollout: { id: rolloutId, position, inTurn: request.inTurn },
          request: key === undefined ? undefined : { key, hash },
          madeBy: userId,
        });
        made.push(id);
      }
      return made;
    });
    this.options.onRevision();
    const found = await Promise.all(ids.map((id) => deployments.find(tenantId, id)));
    return found.filter((one) => one !== undefined);
  }

  /** Makes a revision of a deployment from those that it has. */
  async change(caller: Principal, id: string, change: DeploymentChange): Promise<Deployment> {
    const { access, box } = this.options;
    const { tenantId, userId } = caller;
    await access.require(caller, "deployments.write");
    const deployment = await this.get(tenantId, id);
    await this.requireCluster(caller, deployment.clusterId);
    const { objects, detail, version } = await this.changed(deployment, tenantId, change);
    await access.change(caller, "deployments.write", (tx) =>
      addRevision(tx, id, deployment, {
        ...newRevision(box, caller, objects),
        act: change.act,
        detail,
        projectVersion: version,
        withVolumes: change.act === "remove" && change.withVolumes,
        expected: change.expected,
        madeBy: userId,
      }),
    );
    this.options.onRevision();
    return await this.get(tenantId, id).catch(() => ({ ...deployment }));
  }

  /** Lets members deploy to a cluster too, or not any more. */
  async allowMembers(caller: Principal, clusterId: string, allowed: boolean): Promise<void> {
    await this.options.access.change(caller, "clusters.manage", async (tx) => {
      if (!(await allowMembers(tx, caller.tenantId, clusterId, allowed))) throw new ServiceError("cluster_not_found");
    });
  }

  /** The objects of a revision as files, without secrets. */
  async manifests(caller: Principal, id: string, revision: number): Promise<{ path: string; text: string }[]> {
    const { clusterId } = await this.find(caller, id);
    return manifestFiles(await this.objects(caller.tenantId, id, revision), clusterId);
  }

  /** What a revision has otherwise than another one. */
  async compare(caller: Principal, id: string, since: number, revision: number) {
    await this.find(caller, id);
    const [before, after] = [since, revision].map((one) => this.objects(caller.tenantId, id, one));
    return compared((await before) ?? [], (await after) ?? []);
  }

  private async changed(
    { id, latest }: Deployment,
    tenantId: string,
    change: DeploymentChange,
  ): Promise<{ objects: readonly ClusterObject[]; detail: string | null; version: number | null }> {
    if (change.act === "rollback") {
      const all = await this.options.deployments.revisions(tenantId, id);
      const version = all.find((one) => one.revision === change.revision)?.projectVersion ?? null;
      return {
        objects: await this.objects(tenantId, id, change.revision),
        detail: `revision ${change.revision}`,
        version,
      };
    }
    const present = await this.objects(tenantId, id, latest.revision);
    const version = latest.projectVersion;
    if (change.act === "remove") return { objects: present, detail: null, version };
    const { service } = change;
    const objects =
      change.act === "restart"
        ? restarted(present, service, new Date())
        : scaled(present, change.service, change.replicas);
    if (!objects)
      throw new ServiceError("service_unchangeable", {
        detail: `The deployment has no service ${service ?? ""} whose pods can be ${change.act === "scale" ? "scaled" : "restarted"}`,
      });
    const detail = change.act === "scale" ? `${change.service}: ${change.replicas}` : (service ?? null);
    return { objects, detail, version };
  }

  private async objects(tenantId: string, id: string, revision: number): Promise<readonly ClusterObject[]> {
    const sealed = await this.options.deployments.sealed(tenantId, id, revision);
    if (!sealed) throw new ServiceError("revision_not_found");
    return this.options.box.open<ClusterObject[]>(sealed, sealed);
  }

  private async prepare(caller: Principal, request: DeployRequest, target: Target): Promise<Prepared> {
    const { projects, access, ownNamespaces } = this.options;
    const { tenantId } = caller;
    await access.require(caller, "deployments.write");
    const cluster = await this.requireCluster(caller, target.clusterId);
    const {
      id: projectId,
      name: projectName,
      content,
      version,
    } = await projects.open(tenantId, request.projectId, request.version);
    const namespace = await ownNamespaces.for(tenantId, cluster, target.namespace, content.namespace);
    const usual = withTarget(content.variables, ofTarget(content, target));
    const variables = complete(() => withTarget(usual, target.variables));
    const convert = (given: ProjectContent["variables"]) =>
      projects.convert(tenantId, projectName, { ...content, namespace, variables: given });
    let converted = await convert(variables);
    if (request.discover) converted = await convert([...variables, ...discovered(cluster, converted.variables)]);
    ownNamespaces.requireInside(cluster, namespace, converted.objects);
    const place = { clusterId: cluster.id, clusterName: cluster.name, projectId, projectName, namespace };
    return { place, version, converted };
  }

  /** Members deploy only where an admin allows it. */
  private async requireCluster(caller: Principal, id: string) {
    const { stored, access } = this.options;
    const role = await access.require(caller, "deployments.write");
    const cluster = await stored.find(caller.tenantId, id);
    if (!cluster) throw new ServiceError("cluster_not_found");
    if (role === "member" && !(await stored.membersDeploy(caller.tenantId, id)))
      throw new ServiceError("forbidden", {
        detail: `Members may not deploy to the cluster ${cluster.name}; ask an owner or admin to allow it`,
      });
    return cluster;
  }

  private async present(tenantId: string, place: DeploymentPlace): Promise<Deployment | undefined> {
    const { clusterId, projectId, namespace } = place;
    const of = { clusterId, projectId: projectId ?? undefined };
    const { items } = await this.options.deployments.list(tenantId, { limit: 200 }, of);
    return items.find((one) => one.namespace === namespace);
  }

  private async get(tenantId: string, id: string): Promise<Deployment> {
    const found = await this.options.deployments.find(tenantId, id);
    if (!found) throw new ServiceError("deployment_not_found");
    return found;
  }

  private async replayed(tenantId: string, key: string | undefined, hash: string): Promise<Deployment[] | undefined> {
    if (key === undefined) return undefined;
    const { deployments } = this.options;
    const known = await deployments.requestHash(tenantId, key);
    if (known === undefined) return undefined;
    if (known !== hash) throw new ServiceError("idempotency_key_reused");
    return [...(await deployments.list(tenantId, { limit: 200 }, { requestKey: key })).items];
  }
}

function newRevision(
  box: SealedBox,
  { tenantId }: Principal,
  objects: readonly ClusterObject[],
): Pick<NewRevision, "id" | "tenantId" | "sealed" | "objects" | "force" | "withVolumes"> {
  const id = randomUUID();
  const sealed = box.seal({ tenantId, id }, objects);
  return { id, tenantId, sealed, objects: objects.map(idOf), force: false, withVolumes: false };
}
