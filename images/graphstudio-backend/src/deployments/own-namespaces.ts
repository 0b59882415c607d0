import type { KubernetesObject } from "@nexus/compose";
import { ServiceError } from "@nexus/service";
import type { OwnCluster } from "../clusters/own-cluster";
import type { Cluster } from "../store/cluster-store";
import { type OwnClusterStore, takeNamespace } from "../store/own-cluster-store";
import type { Tx } from "../store/tenant-store";

/** Another tenant took the namespace that a deployment was prepared for. */
export class NamespaceTaken extends Error {}

/** Where deployments go: a tenant has one namespace of the cluster that the platform runs in, and no other. */
export class OwnNamespaces {
  constructor(
    private readonly own: OwnCluster | undefined,
    private readonly store: OwnClusterStore,
  ) {}

  /**
   * Where a deployment would go; it takes the namespace only once it is made.
   * @param asked the namespace that the request names. @param usual that of the project
   * @throws ServiceError if the tenant cannot have it
   */
  async for(tenantId: string, cluster: Cluster, asked: string | undefined, usual: string): Promise<string> {
    if (!cluster.own) return asked ?? usual;
    const pool = this.own?.namespaces ?? [];
    const namespace = await this.store.namespaceFor(tenantId, pool);
    if (namespace === undefined)
      throw new ServiceError("limit_reached", {
        detail: `All ${pool.length} namespaces of this cluster belong to other tenants; ask whoever runs this platform to raise nexus:clusters.ownNamespaces`,
      });
    if (asked !== undefined && asked !== namespace)
      throw new ServiceError("namespace_fixed", {
        detail: `In this cluster the tenant has the namespace ${namespace}, not ${asked}; leave it out`,
      });
    return namespace;
  }

  /** Takes the namespace of a deployment for its tenant, which is locked. @throws NamespaceTaken */
  async take(tx: Tx, tenantId: string, { own }: Cluster, namespace: string): Promise<void> {
    if (own && !(await takeNamespace(tx, tenantId, namespace))) throw new NamespaceTaken();
  }

  /**
   * Services of a project may name namespaces themselves, and the platform's account has rights in those of other tenants.
   * @throws ServiceError if an object would be outside of the tenant's namespace
   */
  requireInside(cluster: Cluster, namespace: string, objects: readonly KubernetesObject[]): void {
    if (!cluster.own) return;
    const outside = objects.find(({ kind, metadata }) => namespaceOf(kind, metadata) !== namespace);
    if (outside)
      throw new ServiceError("namespace_fixed", {
        detail: `In this cluster the tenant has the namespace ${namespace}, and ${outside.kind} ${outside.metadata.name} of the project would be in ${namespaceOf(outside.kind, outside.metadata) ?? "none"}; leave x-nexus.namespace out`,
      });
  }
}

const namespaceOf = (kind: string, { name, namespace }: KubernetesObject["metadata"]): string | undefined =>
  kind === "Namespace" ? name : namespace;
