import type { ClusterHealth } from "@nexus/clusters";
import { type Logger, type PlanBook, type Principal, type Room, ServiceError } from "@nexus/service";
import type { AttemptLimits } from "../accounts/attempt-limits";
import {
  addCluster,
  type Cluster,
  type ClusterStore,
  newClusterId,
  removeCluster,
  type SealedCluster,
} from "../store/cluster-store";
import { requireRoom } from "../store/room";
import { planOf } from "../store/subscription-store";
import type { TenantAccess } from "../tenants/tenant-access";
import type { OwnClusterStore } from "../store/own-cluster-store";
import type { ClusterConnector, Contexts } from "./connector";

export interface ClusterServiceOptions {
  readonly clusters: ClusterStore;
  readonly ownClusters: OwnClusterStore;
  readonly access: TenantAccess;
  readonly connector: ClusterConnector;
  readonly limits: AttemptLimits;
  readonly plans: PlanBook;
  /** How many clusters a tenant may have whose plan does not say. */
  readonly most: number;
  readonly log: Logger;
}

export interface ClusterToAdd {
  readonly name: string;
  readonly kubeconfig: string;
  readonly context: string | undefined;
  readonly allowInsecure: boolean;
}

const RECHECK_MINUTES = 15;
/** Clusters that are asked at once; a check takes some seconds at most, so they are done before the next minute. */
const RECHECK_BATCH = 50;

/** Clusters of the tenant that the caller works in. */
export class ClusterService {
  constructor(private readonly options: ClusterServiceOptions) {}

  async list(caller: Principal): Promise<Cluster[]> {
    await this.options.access.require(caller, "clusters.read");
    await this.offerOwn(caller.tenantId);
    return await this.options.clusters.list(caller.tenantId);
  }

  async requireReader(caller: Principal): Promise<void> {
    await this.options.access.require(caller, "clusters.read");
  }

  async find(caller: Principal, id: string): Promise<Cluster> {
    await this.options.access.require(caller, "clusters.read");
    const cluster = await this.options.clusters.find(caller.tenantId, id);
    if (!cluster) throw new ServiceError("cluster_not_found");
    return cluster;
  }

  /** What a kubeconfig offers to choose from; nothing of it is kept. */
  async contexts(caller: Principal, kubeconfig: string): Promise<Contexts> {
    await this.options.access.require(caller, "clusters.manage");
    return this.options.connector.contexts(kubeconfig);
  }

  /** Adds a cluster, also one that does not answer now. */
  async add(caller: Principal, { name, kubeconfig, context, allowInsecure }: ClusterToAdd): Promise<Cluster> {
    const { access, connector, limits, log } = this.options;
    const { tenantId, userId } = caller;
    await this.options.access.require(caller, "clusters.manage");
    await limits.connection(tenantId);
    const credential = connector.read(kubeconfig, { context, allowInsecure });
    await this.requireRoom(tenantId);
    const health = await connector.check(credential);
    const id = newClusterId();
    const sealed = connector.seal({ tenantId, id }, credential);
    const added = await access.change(caller, "clusters.manage", async (tx) => {
      const room = this.room(await planOf(tx, tenantId));
      return await addCluster(tx, { id, tenantId, name, credential, sealed, health }, room);
    });
    log.info({ userId, tenantId, clusterId: id, status: health.status }, "cluster added");
    return added;
  }

  /** Asks a cluster how it is now. */
  async check(caller: Principal, id: string): Promise<Cluster> {
    const { clusters, limits } = this.options;
    const { tenantId } = caller;
    await this.options.access.require(caller, "clusters.manage");
    await limits.connection(tenantId);
    const sealed = await clusters.sealed(tenantId, id);
    if (!sealed) throw new ServiceError("cluster_not_found");
    const checked = await clusters.checked(tenantId, id, await this.ask(sealed));
    if (!checked) throw new ServiceError("cluster_not_found");
    return checked;
  }

  async remove(caller: Principal, id: string): Promise<void> {
    const { access, clusters, log } = this.options;
    const { tenantId, userId } = caller;
    const isRemoved = await access.change(caller, "clusters.manage", (tx) => removeCluster(tx, tenantId, id));
    if (!isRemoved) throw new ServiceError((await clusters.find(tenantId, id)) ? "cluster_kept" : "cluster_not_found");
    log.info({ userId, tenantId, clusterId: id }, "cluster removed");
  }

  /** Asks the clusters again that nobody asked for a while. Two pods may ask the same one, which changes nothing. */
  async recheck(): Promise<void> {
    const { clusters } = this.options;
    const due = await clusters.due(RECHECK_MINUTES, RECHECK_BATCH);
    await Promise.all(due.map(async (one) => clusters.checked(one.tenantId, one.id, await this.ask(one))));
  }

  private async ask(sealed: SealedCluster): Promise<ClusterHealth> {
    const { connector } = this.options;
    const credential = connector.open(sealed, sealed);
    return credential ? await connector.check(credential).catch(notAllowed) : UNREADABLE;
  }

  /** A tenant that may use this cluster has it from its first look on. */
  private async offerOwn(tenantId: string): Promise<void> {
    const { ownClusters, connector } = this.options;
    const credential = connector.own(tenantId);
    if (!credential || (await ownClusters.has(tenantId))) return;
    await ownClusters.add(tenantId, credential, await connector.check(credential));
  }

  /** Nobody is asked for a cluster that there is no room for. */
  private async requireRoom(tenantId: string): Promise<void> {
    const { clusters } = this.options;
    requireRoom("clusters", await clusters.count(tenantId), this.room(await clusters.planOf(tenantId)));
  }

  private room(plan: string | undefined): Room {
    const { plans, most } = this.options;
    return plans.room({ plan }, "clusters") ?? { limit: most };
  }
}

const UNREADABLE: ClusterHealth = {
  status: "unauthorized",
  reason: "its credentials cannot be decrypted: the key is gone; remove the cluster and add it again",
  version: null,
  nodeCount: null,
};

/** The address of a name that was allowed before may have become one that is not. */
function notAllowed(error: unknown): ClusterHealth {
  if (!(error instanceof ServiceError) || error.code !== "kubeconfig_refused") throw error;
  return { status: "unreachable", reason: error.message, version: null, nodeCount: null };
}
