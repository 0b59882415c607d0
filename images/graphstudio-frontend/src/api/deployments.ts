import type { ApiClient } from "./client";
import type {
  Deployment,
  DeployedProject,
  DeployTarget,
  Manifest,
  ObjectChange,
  Pod,
  Preview,
  Revision,
  RolloutStatus,
  StackEntry,
} from "./deployment-types";
import type { Page } from "./types";

const DEPLOYMENTS = "/api/kubernetes/deployments";
const pathOf = (id: string) => `${DEPLOYMENTS}/${encodeURIComponent(id)}`;
const clusterPath = (id: string) => `/api/kubernetes/clusters/${encodeURIComponent(id)}`;

export interface LogQuery {
  readonly container: string | undefined;
  /** Of the container that ran before. */
  readonly previous: boolean;
  readonly follow: boolean;
}

/** The calls about deployments of the tenant of the session. */
export class Deployments {
  constructor(private readonly client: ApiClient) {}

  /** The newest ones first. @param after `next` of the page before */
  list(after?: string, signal?: AbortSignal): Promise<Page<Deployment>> {
    const query = after === undefined ? "" : `?after=${encodeURIComponent(after)}`;
    return this.client.request("GET", DEPLOYMENTS + query, { signal });
  }

  /** Those of a project. */
  async ofProject(projectId: string): Promise<readonly Deployment[]> {
    const path = `${DEPLOYMENTS}?limit=200&project_id=${encodeURIComponent(projectId)}`;
    return (await this.client.request<Page<Deployment>>("GET", path)).items;
  }

  find(id: string, signal?: AbortSignal): Promise<Deployment> {
    return this.client.request("GET", pathOf(id), { signal });
  }

  status(id: string, signal?: AbortSignal): Promise<RolloutStatus> {
    return this.client.request("GET", `${pathOf(id)}/status`, { signal });
  }

  /** The newest ones first. */
  async revisions(id: string, signal?: AbortSignal): Promise<readonly Revision[]> {
    return await this.client.list(`${pathOf(id)}/revisions`, signal);
  }

  /** What a revision has otherwise than an earlier one. */
  async changes(id: string, revision: number, since: number): Promise<readonly ObjectChange[]> {
    const path = `${pathOf(id)}/revisions/${revision}/changes?since=${since}`;
    return (await this.client.request<{ items: readonly ObjectChange[] }>("GET", path)).items;
  }

  async manifests(id: string, revision: number): Promise<readonly Manifest[]> {
    return await this.client.list(`${pathOf(id)}/revisions/${revision}/manifests`);
  }

  /** The deployment as an entry of a stack's configuration. */
  stackEntry(id: string): Promise<StackEntry> {
    return this.client.request("GET", `${pathOf(id)}/stack-entry`);
  }

  logs(id: string, { name, namespace }: Pod, query: LogQuery, signal: AbortSignal): AsyncGenerator<{ line: string }> {
    const { container, previous, follow } = query;
    const asked = new URLSearchParams({ namespace, previous: String(previous), follow: String(follow) });
    if (container !== undefined) asked.set("container", container);
    return this.client.lines("GET", `${pathOf(id)}/pods/${encodeURIComponent(name)}/logs?${asked}`, { signal });
  }

  /** What deploying would change; nothing is kept. */
  preview(project: DeployedProject, { cluster_id: id, namespace }: DeployTarget): Promise<Preview> {
    return this.client.request("POST", `${clusterPath(id)}/preview`, { body: { ...project, namespace } });
  }

  /** @param inTurn whether each target waits for the one before @param idempotencyKey of this attempt */
  async deploy(
    project: DeployedProject,
    targets: readonly DeployTarget[],
    inTurn: boolean,
    idempotencyKey: string,
  ): Promise<readonly Deployment[]> {
    const body = { ...project, targets, in_turn: inTurn };
    const path = "/api/kubernetes/rollouts";
    return (await this.client.request<Page<Deployment>>("POST", path, { body, idempotencyKey })).items;
  }

  rollBack({ deployment_id: id, latest }: Deployment, revision: number): Promise<Deployment> {
    const body = { revision, expected_revision: latest.revision };
    return this.client.request("POST", `${pathOf(id)}/rollback`, { body });
  }

  /** @param service undefined for all */
  restart({ deployment_id: id, latest }: Deployment, service: string | undefined): Promise<Deployment> {
    return this.client.request("POST", `${pathOf(id)}/restart`, {
      body: { service, expected_revision: latest.revision },
    });
  }

  scale({ deployment_id: id, latest }: Deployment, service: string, replicas: number): Promise<Deployment> {
    const body = { service, replicas, expected_revision: latest.revision };
    return this.client.request("POST", `${pathOf(id)}/scale`, { body });
  }

  remove(id: string, volumes: boolean): Promise<Deployment> {
    return this.client.request("DELETE", `${pathOf(id)}?volumes=${volumes}`);
  }

  /** Lets members deploy to a cluster too, or not any more. */
  async allowMembers(clusterId: string, members: boolean): Promise<void> {
    await this.client.request("PUT", `${clusterPath(clusterId)}/deployers`, { body: { members } });
  }
}
