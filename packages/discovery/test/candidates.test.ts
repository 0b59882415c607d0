import { findCandidates } from "../src/candidates";
import { imageBaseName, kindOfImage } from "../src/candidates/image-name";
import type { Kind } from "../src/kinds";
import { clusterObjects, node, type Workload } from "../../../tests/support/cluster-objects";

const KIND_PORTS = { mongo: 27017, redis: 6379, postgres: 5432, qdrant: 6333, neo4j: 7687 } as const;
const IMAGES: Record<Kind, string> = {
  mongo: "mongo:7.0",
  redis: "docker.io/bitnami/redis:7.4.1-debian-12-r0",
  postgres: "registry.example.com:5000/library/postgres:15-alpine",
  qdrant: "qdrant/qdrant:v1.12.4",
  neo4j: "neo4j:5.26@sha256:0123",
};
const kinds = Object.keys(KIND_PORTS) as Kind[];

/** Kind, Service and endpoints of each candidate. */
function found(workloads: readonly Workload[], more = {}) {
  return findCandidates(clusterObjects(workloads, more)).map(
    ({ kind, service, endpoints }) => `${kind} ${service} ${endpoints.map(({ text }) => text).join(" ")}`,
  );
}

describe.each(kinds)("E12 E13: %s", (kind) => {
  const port = KIND_PORTS[kind];
  const workload = { name: "data", image: IMAGES[kind], ports: [{ port }] };
  const inside = `data.team-a.svc.cluster.local:${port}`;
  const nodePort = (port % 2768) + 30_000;

  it("is found behind a ClusterIP Service, under its name inside the cluster", () => {
    expect(found([workload])).toEqual([`${kind} data ${inside}`]);
  });

  it("is found behind a NodePort Service, at the node that runs it", () => {
    expect(found([{ ...workload, type: "NodePort" }])).toEqual([`${kind} data 192.0.2.2:${nodePort} ${inside}`]);
  });

  it.each([{ ip: "203.0.113.9" }, { hostname: "lb.example.com" }])(
    "is found behind a load balancer with %j",
    (address: { ip?: string; hostname?: string }) => {
      const host = address.ip ?? address.hostname ?? "";
      expect(found([{ ...workload, type: "LoadBalancer", addresses: [address] }])).toEqual([
        `${kind} data ${host}:${port} ${inside}`,
      ]);
    },
  );

  it("names its evidence", () => {
    const name = `team-${kind}`;
    const labels = { "app.kubernetes.io/name": kind };
    const [candidate] = findCandidates(
      clusterObjects([{ ...workload, name, labels, ports: [{ port, name: `tcp-${kind}` }] }]),
    );
    expect(candidate).toMatchObject({
      score: 145,
      reasons: [
        `image ${IMAGES[kind]}`,
        "label app.kubernetes.io/name",
        `name ${name}`,
        `port ${port}`,
        `port name tcp-${kind}`,
      ],
    });
  });
});

describe("E12: a port with another number", () => {
  it("is a candidate when the image says so", () => {
    const ports = [{ port: 9000, targetPort: 9000 }];
    expect(found([{ name: "cache", image: "redis:7", ports }])).toEqual([
      "redis cache cache.team-a.svc.cluster.local:9000",
    ]);
  });

  it("is a candidate under the name that compose files give every port without a known protocol", () => {
    const named = (name: string) => found([{ name: "queue", image: "redis:7", ports: [{ port: 6380, name }] }]);
    expect(named("http")).toEqual(["redis queue queue.team-a.svc.cluster.local:6380"]);
    expect(named("http-admin")).toEqual([]);
  });

  it("is a candidate when a label says so and images are not known", () => {
    const labels = { "app.kubernetes.io/name": "postgresql" };
    const workload = { name: "db", image: "", ports: [{ port: 6000 }], labels };
    expect(found([workload], { pods: [], slices: [] })).toEqual(["postgres db db.team-a.svc.cluster.local:6000"]);
  });

  it("is a candidate when the container's port, or the port's name, is the protocol's", () => {
    const byTarget = { name: "one", image: "acme/one", ports: [{ port: 80, targetPort: 6379 }] };
    const byName = {
      name: "two",
      image: "acme/two",
      ports: [
        { port: 80, targetPort: "tcp" },
        { port: 7000, name: "bolt" },
      ],
      containerPorts: [{ name: "tcp", containerPort: 27017 }],
    };
    expect(found([byTarget, byName])).toEqual([
      "mongo two two.team-a.svc.cluster.local:80",
      "redis one one.team-a.svc.cluster.local:80",
      "neo4j two two.team-a.svc.cluster.local:7000",
    ]);
  });

  it("is not a candidate because of the Service's name alone", () => {
    expect(found([{ name: "redis", image: "acme/web", ports: [{ port: 80 }] }])).toEqual([]);
  });
});

describe("E12: companions of a database", () => {
  const labels = { "app.kubernetes.io/name": "redis" };
  it.each<[string, Workload]>([
    [
      "an exporter",
      {
        name: "redis-metrics",
        image: "bitnami/redis-exporter:1",
        ports: [{ port: 9121, name: "http-metrics" }],
        labels,
      },
    ],
    ["a Sentinel", { name: "redis", image: "redis:7", ports: [{ port: 26379, name: "tcp-sentinel" }], labels }],
    ["a console", { name: "mongo-express", image: "mongo-express:1", ports: [{ port: 8081 }] }],
    [
      "Qdrant's gRPC and peer ports",
      { name: "qdrant", image: "qdrant/qdrant", ports: [{ port: 6334 }, { port: 6335 }] },
    ],
    ["Neo4j's browser", { name: "neo4j", image: "neo4j:5", ports: [{ port: 7474, name: "tcp-http" }] }],
    ["an operator", { name: "postgres-operator", image: "acme/postgres-operator:1", ports: [{ port: 8080 }] }],
  ])("is no candidate: %s", (_what, workload) => {
    expect(found([workload])).toEqual([]);
  });

  it("does not mistake an application for the cache in the same pod", () => {
    const objects = clusterObjects([{ name: "shop", image: "acme/shop", ports: [{ port: 80, targetPort: 8080 }] }]);
    objects.pods[0]?.spec?.containers.push({ name: "cache", image: "redis:7", ports: [{ containerPort: 6379 }] });
    expect(findCandidates(objects)).toEqual([]);
  });

  it("ignores UDP ports and ExternalName Services", () => {
    const udp = { name: "a", image: "redis", ports: [{ port: 6379, protocol: "UDP" }] };
    const external = { name: "b", image: "redis", ports: [{ port: 6379 }], service: { type: "ExternalName" } };
    expect(found([udp, external])).toEqual([]);
  });
});

describe("E13: addresses", () => {
  const redis: Workload = { name: "cache", image: "redis:7", ports: [{ port: 6379, targetPort: 6380 }] };
  const inside = "cache.team-a.svc.cluster.local:6379";

  it("of a NodePort keep the placeholder if nodes are not known, and skip nodes that are not ready", () => {
    const workload = { ...redis, type: "NodePort" as const, ports: [{ port: 6379, nodePort: 30637 }] };
    expect(found([workload], { nodes: [] })).toEqual([`redis cache <node-ip>:30637 ${inside}`]);
    const nodes = [node("node-b", "192.0.2.2", false), node("node-c", "fd00::3")];
    expect(found([workload], { nodes })).toEqual([`redis cache [fd00::3]:30637 ${inside}`]);
  });

  it("of a load balancer without an address are the name inside the cluster", () => {
    expect(found([{ ...redis, type: "LoadBalancer" }])).toEqual([`redis cache ${inside}`]);
  });

  it("of a headless Service have the pods' own port", () => {
    expect(found([{ ...redis, service: { clusterIP: "None" } }])).toEqual([
      "redis cache cache.team-a.svc.cluster.local:6380",
    ]);
  });

  it("name the ready pods behind the port, with and without EndpointSlices", () => {
    const objects = clusterObjects([redis]);
    const backends = [{ pod: "cache-0", node: "node-b", port: 6380 }];
    expect(findCandidates(objects)[0]?.backends).toEqual(backends);
    expect(findCandidates({ ...objects, slices: [] })[0]?.backends).toEqual(backends);
    const [slice] = objects.slices;
    if (slice?.endpoints[0]) slice.endpoints[0].conditions = { ready: false };
    expect(findCandidates(objects)[0]?.backends).toEqual([]);
  });
});

it("E12: primaries are preferred to replicas, Services to headless ones, more evidence to less", () => {
  const ports = [{ port: 6379 }];
  const image = "bitnami/redis:7";
  const names = findCandidates(
    clusterObjects([
      { name: "redis-replicas", image, ports },
      { name: "redis-headless", image, ports, service: { clusterIP: "None" } },
      { name: "other", image: "acme/other", ports },
      { name: "redis-master", image, ports },
    ]),
  ).map(({ service }) => service);
  expect(names).toEqual(["redis-master", "other", "redis-headless", "redis-replicas"]);
});

describe("image names", () => {
  it.each([
    ["redis", "redis"],
    ["localhost:5000/redis/redis-stack-server:7.4.0-v1", "redis"],
    ["valkey/valkey:8", "redis"],
    ["ghcr.io/cloudnative-pg/postgresql:16.4", "postgres"],
    ["timescale/timescaledb:latest-pg16", "postgres"],
    ["pgvector/pgvector:pg16", "postgres"],
    ["mongodb/mongodb-community-server:7.0-ubi8", "mongo"],
    ["percona/percona-server-mongodb@sha256:abcd", "mongo"],
    ["neo4j:5-enterprise", "neo4j"],
    ["qdrant/qdrant", "qdrant"],
    ["oliver006/redis_exporter:v1", undefined],
    ["dpage/pgadmin4", undefined],
    ["redis/redisinsight", undefined],
    ["redis.example.com/shop:1", undefined],
    ["", undefined],
  ])("%s is %s", (image, kind) => {
    expect(kindOfImage(image)).toBe(kind);
  });

  it("lose registry, owner, tag and digest", () => {
    expect(imageBaseName("registry.example.com:5000/a/b:1@sha256:ff")).toBe("b");
  });
});
