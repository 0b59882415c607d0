import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiTransport, type ClusterObject, ObjectClient, readAll, readKubeconfig } from "@nexus/clusters";
import { standardNames, tenantNamespaces } from "@nexus/contract";
import { startApiServer, type TestApiServer } from "@nexus/testkit/api-server";
import { buildBundle } from "@nexus/testkit/bundle";
import { OwnCluster } from "../../../components/own-cluster";
import { recordComponents } from "../../../tests/support/recorded-stack";
import { BackendWorld } from "./backend-world";
import { here } from "./cluster-world";

export const PLATFORM = "nexus";
export const NAMESPACES = tenantNamespaces(PLATFORM, 2);

/** A backend in a cluster that tenants may use, with what the stack makes there. */
export class OwnWorld {
  private constructor(
    readonly server: TestApiServer,
    readonly world: BackendWorld,
    private readonly transport: ApiTransport,
    private readonly folder: string,
    /** Of the backend's account. */
    readonly token: string,
    /** Ids of tenants that may use the cluster. */
    readonly tenants: string[],
  ) {}

  /** Somebody who may do everything in the cluster. */
  get admin(): ObjectClient {
    return new ObjectClient(this.transport, "stack");
  }

  static async start(): Promise<OwnWorld> {
    const [server, bundle] = await Promise.all([startApiServer(), buildBundle("graphstudio-backend")]);
    const folder = await mkdtemp(join(tmpdir(), "nexus-own-cluster-"));
    const transport = transportOf(server, server.adminToken);
    const admin = new ObjectClient(transport, "stack");
    const account = { name: standardNames.backend, namespace: PLATFORM };
    await admin.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: PLATFORM } });
    await admin.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: account });
    const args = { namespace: PLATFORM, names: standardNames, namespaces: NAMESPACES };
    const stack = await recordComponents(() => new OwnCluster("own", args));
    for (const object of stack.manifests) await admin.apply(object as unknown as ClusterObject);
    const token = await tokenOf(transport, account);
    await writeFile(join(folder, "token"), token);
    await writeFile(join(folder, "ca.crt"), server.authority);
    const settings = {
      CLUSTER_PORTS: `443,${server.port}`,
      CLUSTER_PRIVATE_NETWORKS: "10.0.0.0/8",
      KUBERNETES_SERVICE_HOST: "10.96.0.1",
      CLUSTER_OWN_SERVERS: "10.1.0.8/30",
      CLUSTERS_PER_TENANT: "1",
    };
    const tenants: string[] = [];
    const own = { tenants, folder, server: server.url, namespaces: NAMESPACES };
    const world = await BackendWorld.start(settings, here, join(bundle, "convert-worker.js"), own);
    return new OwnWorld(server, world, transport, folder, token, tenants);
  }

  async stop(): Promise<void> {
    await this.world.stop();
    await this.transport.close();
    await this.server.stop();
    await rm(this.folder, { recursive: true });
  }

  /** Somebody who has nothing but the token of the backend. */
  thief(): ObjectClient {
    return new ObjectClient(transportOf(this.server, this.token), "thief");
  }

  /** Makes a Service whose port is that of a database. */
  async database(namespace: string, name: string, port: number): Promise<void> {
    await this.admin.apply({
      ...{ apiVersion: "v1", kind: "Service", metadata: { name, namespace } },
      spec: { selector: { app: "x" }, ports: [{ port }] },
    });
  }
}

function transportOf(server: TestApiServer, token: string): ApiTransport {
  const rules = { privateNetworks: [], ownNetworks: [], ports: [server.port] };
  const limits = { timeoutMs: 10_000, maxAnswerBytes: 4_000_000 };
  return new ApiTransport(readKubeconfig(server.kubeconfig(token)), { rules, lookup: here, ...limits });
}

/** What the kubelet mounts. */
async function tokenOf(
  transport: ApiTransport,
  { namespace, name }: { namespace: string; name: string },
): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const body = JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} });
  const headers = { "content-type": "application/json" };
  const answer = await transport.request(path, { method: "POST", headers, body });
  return (JSON.parse(String(await readAll(answer))) as { status: { token: string } }).status.token;
}
