import { createHash, randomUUID } from "node:crypto";
import { type ClusterObject, idOf, planDeployment } from "@nexus/clusters";
import { type Page, type PageRequest, type Principal, ServiceError } from "@nexus/service";
import type { Converted } from "../projects/conversion";
import { ofTarget, type ProjectContent, withTarget } from "../projects/project-content";
import { complete, type ProjectService } from "../projects/project-service";
import { allowMembers, type Cluster, type ClusterStore } from "../store/cluster-store";
import type { Deployment, DeploymentFilter, DeploymentStore, Revision } from "../store/deployment-store";
import {
  addRevision,
  type DeploymentPlace,
  type NewRevision,
  placeDeployment,
  requested,
  type SentRequest,
} from "../store/revision-store";
import type { TenantAccess } from "../tenants/tenant-access";
import type { ClusterAccess } from "./cluster-access";
import type { DeploymentChange, DeployRequest, Preview, Target } from "./deploy-request";
import { NamespaceTaken, type OwnNamespaces } from "./own-namespaces";
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

interface Prepared {
  readonly cluster: Cluster;
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
    const { cluster, place, converted } = await this.prepare(caller, request, target);
    const { objects, ...about } = converted;
    const { clusters, ownNamespaces } = this.options;
    const present = await this.present(caller.tenantId, place);
    const deploymentId = present?.id ?? randomUUID();
    const plan = await clusters.ask(caller.tenantId, place.clusterId, ({ client }) =>
      planDeployment(client, {
        deploymentId,
        objects: objects as readonly ClusterObject[],
        previous: present?.latest.objects ?? [],
        force: request.force,
      }),
    );
    // Who took the namespace meanwhile may have had objects there that were looked at.
    const { namespace } = place;
    if ((await ownNamespaces.for(caller.tenantId, cluster, undefined, namespace)) !== namespace)
      return await this.preview(caller, request);
    return { ...about, objects: withoutSecrets(plan, objects as readonly ClusterObject[]) };
  }

  /** Makes a revision for each target. @param key an idempotency key: the same request again changes nothing */
  async deploy(caller: Principal, request: DeployRequest, key: string | undefined): Promise<Deployment[]> {
    const { access, deployments } = this.options;
    const { tenantId } = caller;
    await access.require(caller, "deployments.write");
    const hash = createHash("sha256").update(JSON.stringify(request)).digest("base64url");
    const sent = key === undefined ? undefined : { key, hash };
    const before = sent && (await deployments.requested(tenantId, sent));
    if (before) return await this.all(tenantId, before);
    const prepared: Prepared[] = [];
    for (const target of request.targets) prepared.push(await this.prepare(caller, request, target));
    try {
      const ids = await this.revised(caller, request, prepared, sent);
      this.options.onRevision();
      return await this.all(tenantId, ids);
    } catch (error) {
      if (error instanceof NamespaceTaken) return await this.deploy(caller, request, key);
      throw error;
    }
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

  /** Makes the revisions of a deployment together. @returns ids of the deployments */
  private async revised(
    caller: Principal,
    request: DeployRequest,
    prepared: readonly Prepared[],
    sent: SentRequest | undefined,
  ): Promise<string[]> {
    const { access, box, ownNamespaces } = this.options;
    const { tenantId, userId } = caller;
    const rolloutId = randomUUID();
    return await access.change(caller, "deployments.write", async (tx) => {
      // Before this moment the same request may have been answered.
      const meanwhile = sent && (await requested(tx, tenantId, sent));
      if (meanwhile) return meanwhile;
      const made: string[] = [];
      for (const [position, { cluster, place, version, converted }] of prepared.entries()) {
        const id = await placeDeployment(tx, tenantId, place);
        await ownNamespaces.take(tx, tenantId, cluster, place.namespace);
        const objects = converted.objects as readonly ClusterObject[];
        await addRevision(tx, id, place, {
          ...newRevision(box, caller, objects),
          act: "deploy",
          detail: null,
          projectVersion: version,
          force: request.force,
          expected: request.targets[position]?.expected,
          rollout: { id: rolloutId, position, inTurn: request.inTurn },
          request: sent,
          madeBy: userId,
        });
        made.push(id);
      }
      return made;
    });
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
    return { cluster, place, version, converted };
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

  private async all(tenantId: string, ids: readonly string[]): Promise<Deployment[]> {
    const found = await Promise.all(ids.map((id) => this.options.deployments.find(tenantId, id)));
    return found.filter((one) => one !== undefined);
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
