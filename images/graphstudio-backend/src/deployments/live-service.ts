import { type ClusterObject, DEPLOYMENT_LABEL, podLogs, readRollout, type Rollout } from "@nexus/clusters";
import { type Principal, ServiceError } from "@nexus/service";
import type { DeploymentStore } from "../store/deployment-store";
import type { TenantAccess } from "../tenants/tenant-access";
import type { ClusterAccess, Connection } from "./cluster-access";

export interface LiveServiceOptions {
  readonly deployments: DeploymentStore;
  readonly clusters: ClusterAccess;
  readonly access: TenantAccess;
}

export interface LogQuery {
  readonly namespace: string | undefined;
  readonly pod: string;
  readonly container: string | undefined;
  readonly previous: boolean;
  readonly tail: number;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** How deployments are in their clusters now. */
export class LiveService {
  constructor(private readonly options: LiveServiceOptions) {}

  async status(caller: Principal, deploymentId: string): Promise<Rollout> {
    const { clusterId, latest } = await this.find(caller, deploymentId);
    return await this.options.clusters.ask(caller.tenantId, clusterId, ({ client, transport }) =>
      readRollout(client, transport, { deploymentId, objects: latest.objects }),
    );
  }

  /** Lines of a pod of the deployment. */
  async logs(caller: Principal, deploymentId: string, query: LogQuery): Promise<AsyncGenerator<string>> {
    const { clusterId, namespace: own } = await this.find(caller, deploymentId);
    const namespace = query.namespace ?? own;
    return await this.options.clusters.lines(caller.tenantId, clusterId, async (connection) => {
      const pod = await podOf(connection, namespace, query.pod);
      if (pod?.metadata.labels?.[DEPLOYMENT_LABEL] !== deploymentId) throw new ServiceError("pod_not_found");
      return await podLogs(connection.transport, { ...query, namespace });
    });
  }

  private async find({ tenantId, ...caller }: Principal, id: string) {
    await this.options.access.require({ tenantId, ...caller }, "deployments.read");
    const found = await this.options.deployments.find(tenantId, id);
    if (!found) throw new ServiceError("deployment_not_found");
    return found;
  }
}

const podOf = async ({ client }: Connection, namespace: string, name: string): Promise<ClusterObject | undefined> =>
  await client.get({ apiVersion: "v1", kind: "Pod", namespace, name });
