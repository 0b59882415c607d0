import { join } from "node:path";
import { startApiServer, type TestApiServer } from "@nexus/testkit/api-server";
import { buildBundle } from "@nexus/testkit/bundle";
import { ApiTransport, type ClusterObject, ObjectClient, readKubeconfig } from "@nexus/clusters";
import { type Answer, BackendWorld } from "./backend-world";
import { addCluster, here, idOf, owner, type Person } from "./cluster-world";

export const PROJECTS = "/api/kubernetes/projects";
export const DEPLOYMENTS = "/api/kubernetes/deployments";
/** Revisions of a deployment that are kept. */
export const KEPT = 4;
export const SECRET = "s3cr3t-value-of-a-deployment";

export interface Tenant extends Person {
  readonly clusterId: string;
  readonly projectId: string;
  readonly namespace: string;
}

let count = 0;

/** A backend with a real API server, which has no nodes: nothing runs there. */
export class DeployWorld {
  private constructor(
    readonly world: BackendWorld,
    readonly server: TestApiServer,
    private readonly transport: ApiTransport,
    /** Somebody who may do everything in the cluster. */
    readonly admin: ObjectClient,
  ) {}

  static async start(): Promise<DeployWorld> {
    const [server, bundle] = await Promise.all([startApiServer(), buildBundle("graphstudio-backend")]);
    const worker = join(bundle, "convert-worker.js");
    const settings = { CLUSTER_PORTS: String(server.port), REVISIONS_PER_DEPLOYMENT: String(KEPT) };
    const world = await BackendWorld.start(settings, here, worker);
    const rules = { privateNetworks: [], ownNetworks: [], ports: [server.port] };
    const limits = { timeoutMs: 10_000, maxAnswerBytes: 4_000_000 };
    const credential = readKubeconfig(server.kubeconfig(server.adminToken));
    const transport = new ApiTransport(credential, { rules, lookup: here, ...limits });
    return new DeployWorld(world, server, transport, new ObjectClient(transport, "test"));
  }

  async stop(): Promise<void> {
    await this.world.stop();
    await this.transport.close();
    await this.server.stop();
  }

  /** Somebody with a cluster, a project and a namespace of their own. */
  async tenant(compose = shop(), more: object = {}): Promise<Tenant> {
    const person = await owner(this.world);
    const clusterId = idOf(await addCluster(person, this.server.kubeconfig(this.server.adminToken)));
    const namespace = `shop-${(count += 1)}`;
    const project = { name: "Shop", namespace, files: [{ name: "compose.yaml", text: compose }], ...more };
    const { body } = await person.browser.ask("POST", PROJECTS, project);
    return { ...person, clusterId, namespace, projectId: String(body.project_id) };
  }

  async object(kind: string, namespace: string, name: string): Promise<ClusterObject | undefined> {
    const apiVersion = ["Deployment", "StatefulSet"].includes(kind) ? "apps/v1" : "v1";
    return await this.admin.get({ apiVersion, kind, name, namespace });
  }
}

export const shop = (image = "nginx:1.29") => `services:
  web:
    image: ${image}
    ports: ["80:8080"]
    environment: { MODE: fast, DB_PASSWORD: "\${DB_PASSWORD:-${SECRET}}" }
`;

export const deploy = ({ browser, clusterId, projectId }: Tenant, more: object = {}): Promise<Answer> =>
  browser.ask("POST", `/api/kubernetes/clusters/${clusterId}/deploy`, { project_id: projectId, ...more });

interface Documents {
  readonly items?: readonly { readonly deployment_id: string }[];
  readonly deployment_id?: string;
}

/** The path of the deployment that an answer is about. */
export function pathOf({ body }: Answer): string {
  const { items, deployment_id: id = items?.[0]?.deployment_id } = body as Documents;
  return `${DEPLOYMENTS}/${id}`;
}

export interface Latest {
  readonly revision: number;
  readonly state: string;
  readonly reason: string | null;
  readonly done: number;
  readonly total: number;
}

/** The latest revision, once it has ended; undefined if the deployment is gone by then. */
export async function settled({ browser }: Person, path: string): Promise<Latest | undefined> {
  return await latestWhen({ browser } as Person, path, ({ state }) => !["queued", "applying"].includes(state));
}

export async function latestWhen(
  { browser }: Person,
  path: string,
  isSo: (latest: Latest) => boolean,
): Promise<Latest | undefined> {
  for (const until = Date.now() + 60_000; Date.now() < until;) {
    const { status, body } = await browser.ask("GET", path);
    const latest = body.latest as Latest;
    if (status === 404) return undefined;
    if (isSo(latest)) return latest;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${path} did not get there in time`);
}
