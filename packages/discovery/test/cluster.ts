import { kubernetesClient } from "../src/cluster/kubeconfig";
import { startRedis } from "@nexus/testkit/redis";
import { clusterObjects } from "../../../tests/support/cluster-objects";
import { startFakeApi, type FakeApi } from "../../../tests/support/fake-api-server";
import { kubeconfigFolder } from "../../../tests/support/kubeconfig-file";
import { startMongo, startNeo4j, startQdrant } from "../../../tests/support/stand-ins/databases";
import { startHttp } from "../../../tests/support/stand-ins/strangers";
import type { StandIn } from "../../../tests/support/stand-ins/tcp-server";

/** A cluster with a database of each kind, except that PostgreSQL's Service leads to a web server. */
export interface TestCluster {
  readonly api: FakeApi;
  readonly kubeconfig: string;
  readonly folder: ReturnType<typeof kubeconfigFolder>;
  readonly redisPort: number;
  readonly mongoPort: number;
  readonly neo4jPort: number;
  /** Starts one more server, which ends with the cluster. */
  standIn(starting: Promise<StandIn>): Promise<number>;
  /** Reverts what a test broke. */
  mend(): void;
  stop(): Promise<void>;
}

/** An API server, the databases behind it, and a kubeconfig with the contexts prod, elsewhere and expired. */
export async function startCluster(): Promise<TestCluster> {
  const folder = kubeconfigFolder();
  const standIns: StandIn[] = [];
  const standIn = async (starting: Promise<StandIn>) => {
    const server = await starting;
    standIns.push(server);
    return server.port;
  };
  const redis = await startRedis();
  const [neo4jPort, mongoPort] = [await standIn(startNeo4j()), await standIn(startMongo())];
  const api = await startFakeApi(objects(neo4jPort, mongoPort));
  const redisPort = redis.settings.REDIS_PORT;
  Object.assign(api.podPorts, {
    "cache-0:6379": redisPort,
    "vectors-0:6333": await standIn(startQdrant()),
    "shop-0:5432": await standIn(startHttp()),
  });
  const kubeconfig = folder.write("config", [
    { name: "elsewhere", server: "http://127.0.0.1:1" },
    { name: "prod", server: api.url, namespace: "team-a" },
    { name: "expired", server: api.url, token: "old" },
  ]);
  // The library is large: it is transformed once, and then Jest caches it.
  await kubernetesClient();
  return {
    api,
    kubeconfig,
    folder,
    redisPort,
    mongoPort,
    neo4jPort,
    standIn,
    mend: () => {
      for (const resource of Object.keys(api.faults)) delete api.faults[resource];
    },
    stop: async () => {
      await Promise.all([redis.stop(), api.close(), ...standIns.map(({ close }) => close())]);
      folder.remove();
    },
  };
}

function objects(neo4jPort: number, mongoPort: number) {
  const node = {
    metadata: { name: "node-b" },
    status: {
      addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
      conditions: [{ type: "Ready", status: "True" }],
    },
  };
  return clusterObjects(
    [
      { name: "cache", image: "redis:7", ports: [{ port: 6379 }] },
      { name: "mongo", image: "mongo:7", ports: [{ port: 27017, nodePort: mongoPort }], type: "NodePort" },
      { name: "vectors", image: "qdrant/qdrant", ports: [{ port: 6333 }] },
      {
        name: "graph",
        image: "neo4j:5",
        ports: [{ port: neo4jPort, targetPort: 7687 }],
        type: "LoadBalancer",
        addresses: [{ ip: "127.0.0.1" }],
      },
      // A web server where PostgreSQL is expected.
      { name: "shop", image: "acme/shop", ports: [{ port: 5432 }] },
    ],
    { nodes: [node] },
  );
}
