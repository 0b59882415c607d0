import { API_SERVER_NAME } from "@nexus/testkit/api-server";
import { makeCertificate } from "@nexus/testkit/certificate";
import { startRedis } from "@nexus/testkit/redis";
import { clusterObjects } from "../../../tests/support/cluster-objects";
import { type FakeApi, startFakeApi } from "../../../tests/support/fake-api-server";
import { startQdrant } from "../../../tests/support/stand-ins/databases";
import { startHttp } from "../../../tests/support/stand-ins/strangers";
import { CLUSTERS, idOf, type Person } from "./cluster-world";

const TOKEN = "good-token";

/** A cluster with Redis, Qdrant, a MongoDB behind a NodePort, and a web server where PostgreSQL is expected. */
export interface ScannedCluster {
  readonly api: FakeApi;
  readonly kubeconfig: (token?: string) => string;
  readonly stop: () => Promise<void>;
}

export async function startScannedCluster(nodePort: number): Promise<ScannedCluster> {
  const certificate = await makeCertificate(API_SERVER_NAME);
  const [redis, qdrant, web] = await Promise.all([startRedis(), startQdrant(), startHttp()]);
  const objects = clusterObjects(
    [
      { name: "cache", image: "redis:7", ports: [{ port: 6379 }] },
      { name: "vectors", image: "qdrant/qdrant", ports: [{ port: 6333 }] },
      { name: "mongo", image: "mongo:7", ports: [{ port: 27017, nodePort }], type: "NodePort" },
      { name: "shop", image: "acme/shop", ports: [{ port: 5432 }] },
    ],
    {
      nodes: [
        {
          metadata: { name: "node-b" },
          status: {
            addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
            conditions: [{ type: "Ready", status: "True" }],
          },
        },
      ],
    },
  );
  const api = await startFakeApi(objects, TOKEN, certificate);
  Object.assign(api.podPorts, {
    "cache-0:6379": redis.settings.REDIS_PORT,
    "vectors-0:6333": qdrant.port,
    "shop-0:5432": web.port,
  });
  const authority = Buffer.from(certificate.certificate).toString("base64");
  return {
    api,
    kubeconfig: (token = TOKEN) =>
      JSON.stringify({
        clusters: [
          {
            name: "c",
            cluster: { server: `https://${API_SERVER_NAME}:${api.port}`, "certificate-authority-data": authority },
          },
        ],
        users: [{ name: "u", user: { token } }],
        contexts: [{ name: "main", context: { cluster: "c", user: "u", namespace: "team-a" } }],
      }),
    stop: async () => {
      await Promise.all([redis.stop(), api.close(), qdrant.close(), web.close()]);
    },
  };
}

export interface ScanLine {
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** The lines of a scan, or its problem. */
export async function scanCluster({ browser }: Person, id: string, body: object = {}) {
  const answer = await browser.ask("POST", `${CLUSTERS}/${id}/scan-infra`, body);
  const lines = ((answer.body.lines ?? []) as string[]).map((line) => JSON.parse(line) as ScanLine);
  return { ...answer, lines };
}

export async function addScanned({ browser }: Person, kubeconfig: string): Promise<string> {
  return idOf(await browser.ask("POST", CLUSTERS, { name: "Scanned", kubeconfig }));
}
