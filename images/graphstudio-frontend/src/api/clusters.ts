import type { ApiClient } from "./client";
import type { Cluster, ClusterAccount, Contexts, MappedVariable, NewCluster, ScanEvent } from "./cluster-types";

const CLUSTERS = "/api/kubernetes/clusters";
const pathOf = (id: string) => `${CLUSTERS}/${encodeURIComponent(id)}`;

/** The calls about clusters of the tenant of the session. */
export class Clusters {
  constructor(private readonly client: ApiClient) {}

  async list(signal?: AbortSignal): Promise<readonly Cluster[]> {
    return await this.client.list(CLUSTERS, signal);
  }

  /** What a kubeconfig offers to choose from. */
  contexts(kubeconfig: string): Promise<Contexts> {
    return this.client.request("POST", "/api/kubernetes/contexts", { body: { kubeconfig } });
  }

  add(cluster: NewCluster): Promise<Cluster> {
    return this.client.request("POST", CLUSTERS, { body: cluster });
  }

  check(id: string): Promise<Cluster> {
    return this.client.request("POST", `${pathOf(id)}/check`);
  }

  async remove(id: string): Promise<void> {
    await this.client.request("DELETE", pathOf(id));
  }

  /** An account with the rights that are needed in some namespaces, and how to make a kubeconfig of it. */
  account(namespaces: readonly string[]): Promise<ClusterAccount> {
    const query = new URLSearchParams({ namespaces: namespaces.join(",") });
    return this.client.request("GET", `/api/kubernetes/account?${query}`);
  }

  /** What the last scan found for variables. */
  async found(id: string, names: readonly string[]): Promise<readonly MappedVariable[]> {
    const body = { variables: names.map((name) => ({ name })) };
    return (await this.client.request<{ items: readonly MappedVariable[] }>("POST", `${pathOf(id)}/envmap`, { body }))
      .items;
  }

  /** Scans namespaces; what happens comes as it happens. */
  scan(id: string, namespaces: readonly string[], signal: AbortSignal): AsyncGenerator<ScanEvent> {
    return this.client.lines("POST", `${pathOf(id)}/scan-infra`, { body: { namespaces }, signal });
  }
}
