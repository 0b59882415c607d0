import { type ApiTransport, ApiRefusal, type ClusterCredential, ConnectionError, ObjectClient } from "@nexus/clusters";
import { ServiceError } from "@nexus/service";
import type { ClusterConnector } from "../clusters/connector";
import type { ClusterStore } from "../store/cluster-store";

/** Name that the fields belong to which deployments set. */
const FIELD_MANAGER = "nexus";
const RETRY_SECONDS = 10;

export interface Connection {
  readonly client: ObjectClient;
  readonly transport: ApiTransport;
}

/** Connections to clusters of tenants, with their stored credentials. */
export class ClusterAccess {
  constructor(
    private readonly clusters: ClusterStore,
    private readonly connector: ClusterConnector,
  ) {}

  /** Connects for one piece of work. @throws ConnectionError, ApiRefusal and ServiceError */
  async with<T>(tenantId: string, clusterId: string, work: (connection: Connection) => Promise<T>): Promise<T> {
    const credential = await this.credential(tenantId, clusterId);
    return await this.connector.with(credential, (transport) => work(connected(transport)));
  }

  /** The same for a request of a person, who is told in words of the service. */
  async ask<T>(tenantId: string, clusterId: string, work: (connection: Connection) => Promise<T>): Promise<T> {
    return await inWords(() => this.with(tenantId, clusterId, work));
  }

  /** Lines that come for as long as the reader stays. */
  async lines(
    tenantId: string,
    clusterId: string,
    open: (connection: Connection) => Promise<AsyncGenerator<string>>,
  ): Promise<AsyncGenerator<string>> {
    const transport = this.connector.connect(await this.credential(tenantId, clusterId));
    try {
      return untilEnd(await inWords(() => open(connected(transport))), transport);
    } catch (error) {
      await transport.close();
      throw error;
    }
  }

  private async credential(tenantId: string, clusterId: string): Promise<ClusterCredential> {
    const sealed = await this.clusters.sealed(tenantId, clusterId);
    if (!sealed) throw new ServiceError("cluster_not_found");
    const credential = this.connector.open(sealed, sealed);
    if (!credential) throw new ServiceError("contents_unreadable");
    return credential;
  }
}

const connected = (transport: ApiTransport): Connection => ({
  client: new ObjectClient(transport, FIELD_MANAGER),
  transport,
});

async function* untilEnd(lines: AsyncGenerator<string>, transport: ApiTransport): AsyncGenerator<string> {
  try {
    yield* lines;
  } finally {
    await transport.close();
  }
}

async function inWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConnectionError)
      throw new ServiceError("cluster_unavailable", {
        detail: `The cluster cannot be used: ${error.message}`,
        retryAfterSeconds: RETRY_SECONDS,
      });
    if (error instanceof ApiRefusal)
      throw new ServiceError("cluster_refused", { detail: `The cluster answers: ${error.message}` });
    throw error;
  }
}
