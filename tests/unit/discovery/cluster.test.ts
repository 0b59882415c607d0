import * as fs from "node:fs";
import { discover, type DiscoverOptions } from "../../../discovery";
import { discoverCommand, type DiscoverCommandOptions } from "../../../cli/commands/discover";
import { kubernetesClient } from "../../../discovery/cluster/kubeconfig";
import { startRedis, type TestRedis } from "../../../images/service/test-support/redis";
import { clusterObjects } from "../../support/cluster-objects";
import { startFakeApi, type FakeApi } from "../../support/fake-api-server";
import { kubeconfigFolder } from "../../support/kubeconfig-file";
import { startMongo, startNeo4j, startQdrant } from "../../support/stand-ins/databases";
import { startHttp, startSilent } from "../../support/stand-ins/strangers";
import type { StandIn } from "../../support/stand-ins/tcp-server";

/** Each test makes a dozen requests and handshakes; a busy machine may take its time. */
jest.setTimeout(60_000);

const folder = kubeconfigFolder();
const standIns: StandIn[] = [];
let api: FakeApi;
let redis: TestRedis;
let kubeconfig: string;

async function standIn(starting: Promise<StandIn>): Promise<number> {
  const server = await starting;
  standIns.push(server);
  return server.port;
}

beforeAll(async () => {
  redis = await startRedis();
  const neo4jPort = await standIn(startNeo4j());
  const objects = clusterObjects(
    [
      { name: "cache", image: "redis:7", ports: [{ port: 6379 }] },
      {
        name: "mongo",
        image: "mongo:7",
        ports: [{ port: 27017, nodePort: await standIn(startMongo()) }],
        type: "NodePort",
      },
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
  api = await startFakeApi(objects);
  Object.assign(api.podPorts, {
    "cache-0:6379": redis.settings.REDIS_PORT,
    "vectors-0:6333": await standIn(startQdrant()),
    "shop-0:5432": await standIn(startHttp()),
  });
  kubeconfig = folder.write("config", [
    { name: "elsewhere", server: "http://127.0.0.1:1" },
    { name: "prod", server: api.url, namespace: "team-a" },
    { name: "expired", server: api.url, token: "old" },
  ]);
  // The library is large: transformed once, and then kept by Jest.
  await kubernetesClient();
});

afterEach(() => {
  for (const resource of Object.keys(api.faults)) delete api.faults[resource];
});

afterAll(async () => {
  await Promise.all([redis?.stop(), api?.close(), ...standIns.map(({ close }) => close())]);
  folder.remove();
});

const look = (options: Partial<DiscoverOptions> = {}) =>
  discover({ context: "prod", kubeconfig, handshakeTimeoutMs: 5_000, ...options });

/** The message of a scan that fails. */
async function failure(options: Partial<DiscoverOptions>): Promise<string> {
  const error = await look(options).then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason as Error,
  );
  expect(error.name).toBe("DiscoveryError");
  return error.message;
}

describe("E12 E14: a scan through the API server", () => {
  it("finds each kind over its Service type, and refutes what only sits on the port", async () => {
    const { cluster, notes } = await look();
    const { infra_scans: scans, ...facts } = cluster;
    expect(facts).toEqual({
      name: "prod-cluster",
      context: "prod",
      server: api.url,
      status: "connected",
      version: "v1.33.1",
      node_count: 1,
      namespace: "team-a",
    });
    const kinds = Object.entries(scans["team-a"] ?? {}).map(([kind, { found, endpoints, candidates }]) => [
      ...[kind, found, ...endpoints],
      ...candidates.map(({ verdict, reason }) => `${verdict}: ${reason}`),
    ]);
    const mongo = `127.0.0.1:${standIns[1]?.port}`;
    const neo4j = `127.0.0.1:${standIns[0]?.port}`;
    expect(kinds).toEqual([
      ["mongo", true, mongo, `confirmed: answers hello: wire version 21 (${mongo})`],
      [
        ...["redis", true, "cache.team-a.svc.cluster.local:6379"],
        "confirmed: answers PING: wants a password (port-forward to cache-0:6379)",
      ],
      ["postgres", false, "refuted: answered like an HTTP server (port-forward to shop-0:5432)"],
      [
        ...["qdrant", true, "vectors.team-a.svc.cluster.local:6333"],
        "confirmed: answers GET /: version 1.12.4 (port-forward to vectors-0:6333)",
      ],
      ["neo4j", true, neo4j, `confirmed: answers the Bolt handshake: Bolt 5.4 (${neo4j})`],
    ]);
    expect(notes).toEqual([]);
  });

  it("reads lists page by page, and only what it says in the docs", async () => {
    const before = api.requests.length;
    await look();
    const requests = api.requests
      .slice(before)
      .map((request) => request.replace(/limit=500&?/, "").replace(/[?&]$/, ""));
    expect(requests.filter((request) => request.includes("services"))).toEqual([
      "GET /api/v1/namespaces/team-a/services",
      "GET /api/v1/namespaces/team-a/services?continue=2",
      "GET /api/v1/namespaces/team-a/services?continue=4",
    ]);
    const resources = requests.map((request) => request.split("?")[0]?.split("/").pop());
    expect([...new Set(resources)].sort()).toEqual(
      ["endpointslices", "nodes", "pods", "portforward", "services", "version"].sort(),
    );
  });

  it("goes on without rights that only make it better, and says what is missing", async () => {
    Object.assign(api.faults, { pods: 403, nodes: 403, endpointslices: 403 });
    const { cluster, notes } = await look();
    expect(notes).toEqual([
      "the credentials may not list pods in namespace team-a: images are not known",
      "the credentials may not list endpointslices in namespace team-a: no pod can be asked for a handshake",
      "the credentials may not list nodes in the cluster: node addresses of NodePorts are not known",
    ]);
    expect(cluster.node_count).toBeNull();
    expect(cluster.infra_scans["team-a"]?.redis).toMatchObject({
      found: false,
      candidates: [{ verdict: "unconfirmed", reason: expect.stringContaining("no ready pod behind it is known") }],
    });
    const { cluster: allowed } = await look({ allowUnconfirmed: true });
    expect(allowed.infra_scans["team-a"]?.redis).toMatchObject({ found: true });
  });

  it("leaves unconfirmed what it may not, or cannot, reach through a pod", async () => {
    api.faults["pods/portforward"] = 403;
    const { cluster } = await look();
    expect(cluster.infra_scans["team-a"]?.redis.candidates[0]).toMatchObject({
      verdict: "unconfirmed",
      reason:
        "unreachable from here: the credentials may not get or create pods/portforward in namespace team-a (port-forward to cache-0:6379)",
    });
    delete api.faults["pods/portforward"];
    const { "vectors-0:6333": port } = api.podPorts;
    delete api.podPorts["vectors-0:6333"];
    const { cluster: refused } = await look();
    api.podPorts["vectors-0:6333"] = port ?? 0;
    expect(refused.infra_scans["team-a"]?.qdrant.candidates[0]).toMatchObject({
      verdict: "unconfirmed",
      reason:
        "the connection broke without an answer: connection refused inside the pod (port-forward to vectors-0:6333)",
    });
  });

  it("ends with its time: silent pods and port-forwards that never open", async () => {
    api.faults["pods/portforward"] = "silence";
    const { cluster } = await look({ handshakeTimeoutMs: 100 });
    expect(cluster.infra_scans["team-a"]?.redis.candidates[0]?.reason).toContain("no connection in time");
    delete api.faults["pods/portforward"];
    api.podPorts["cache-0:6379"] = await standIn(startSilent());
    const { cluster: silent } = await look({ handshakeTimeoutMs: 100 });
    api.podPorts["cache-0:6379"] = redis.settings.REDIS_PORT;
    expect(silent.infra_scans["team-a"]?.redis.candidates[0]).toMatchObject({
      verdict: "unconfirmed",
      reason: expect.stringMatching(
        /(did not answer within 0\.1 s|no connection in time) \(port-forward to cache-0:6379\)$/,
      ),
    });
  });

  it("of a namespace without Services says so", async () => {
    const { cluster, notes } = await look({ namespaces: ["default"] });
    expect(notes).toEqual(["namespace default has no Services: nothing can be found in it"]);
    expect(cluster.infra_scans.default?.redis.found).toBe(false);
  });
});

describe("E14 E20: what stops a scan", () => {
  it("a context that does not exist: those that do are listed, and nothing is asked", async () => {
    const before = api.requests.length;
    expect(await failure({ context: "staging" })).toBe(
      `There is no context "staging" in ${kubeconfig}. Fix: --context <elsewhere | expired | prod>`,
    );
    expect(api.requests.length).toBe(before);
  });

  it("no kubeconfig, or one that is none", async () => {
    const absent = folder.path("absent");
    expect(await failure({ kubeconfig: absent })).toBe(
      `There is no kubeconfig at ${absent}. Fix: --kubeconfig <file>, or set KUBECONFIG.`,
    );
    fs.writeFileSync(folder.path("broken"), "{");
    expect(await failure({ kubeconfig: folder.path("broken") })).toContain("broken cannot be read: ");
  });

  it("credentials that are not accepted, without showing them", async () => {
    const message = await failure({ context: "expired" });
    expect(message).toBe(
      `${api.url} does not accept the credentials of user "expired-user" (context expired). Fix: log in again, or renew them in the kubeconfig.`,
    );
  });

  it("the right that it cannot do without", async () => {
    api.faults.services = 403;
    expect(await failure({})).toBe(
      'User "prod-user" (context prod) may not list services in namespace team-a. Fix: grant the role in docs/discovery.md.',
    );
  });

  it("a namespace that does not exist: those that do are listed", async () => {
    expect(await failure({ namespaces: ["nowhere"] })).toBe(
      'There is no namespace "nowhere" in the cluster of context prod. Fix: --namespace <default | kube-system | team-a>',
    );
  });

  it("a server that is not there, fails or does not answer", async () => {
    const unreachable = (context: string, server: string) =>
      `The cluster of context ${context} at ${server} is unreachable: `;
    expect(await failure({ context: "elsewhere" })).toContain(
      `${unreachable("elsewhere", "http://127.0.0.1:1")}request to http://127.0.0.1:1/version failed, reason: connect ECONNREFUSED`,
    );
    api.faults.all = 503;
    expect(await failure({})).toContain(`${unreachable("prod", api.url)}it answered HTTP 503.`);
    api.faults.all = "silence";
    expect(await failure({ timeoutSeconds: 1 })).toContain(`${unreachable("prod", api.url)}no answer within 0.5 s.`);
  });

  it.each([0, 601, NaN])("a time of %s s", async (timeoutSeconds) => {
    expect(await failure({ timeoutSeconds })).toContain("Fix: 1 to 600 seconds.");
  });
});

it("reads every file of KUBECONFIG, as kubectl does: the first of a name wins, absent ones do not matter", async () => {
  const second = folder.write("second", [
    { name: "prod", server: "http://127.0.0.1:1" },
    { name: "other", server: api.url, namespace: "default" },
  ]);
  const before = process.env.KUBECONFIG;
  process.env.KUBECONFIG = [folder.path("absent"), kubeconfig, second].join(":");
  try {
    expect((await look({ kubeconfig: undefined })).cluster.server).toBe(api.url);
    expect((await look({ kubeconfig: undefined, context: "other" })).cluster.namespace).toBe("default");
  } finally {
    if (before === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = before;
  }
});

describe("npm run discover", () => {
  async function run(options: Partial<DiscoverCommandOptions>): Promise<{ out: string; err: string }> {
    const text = { out: "", err: "" };
    const out = jest.spyOn(process.stdout, "write").mockImplementation((chunk) => ((text.out += String(chunk)), true));
    const err = jest.spyOn(process.stderr, "write").mockImplementation((chunk) => ((text.err += String(chunk)), true));
    const defaults = {
      context: "prod",
      kubeconfig,
      reach: "typed",
      allowUnconfirmed: false,
      timeout: "60",
      json: false,
    };
    try {
      await discoverCommand({ ...defaults, ...options });
    } finally {
      out.mockRestore();
      err.mockRestore();
    }
    return text;
  }

  it("prints what it found, and E8: the variables of a compose file with their sources", async () => {
    const compose = folder.path("compose.yaml");
    fs.writeFileSync(
      compose,
      `services: { api: { environment: {
        REDIS_URL: "redis://redis:6379/1", QDRANT_URL: "http://qdrant:6333", NEO4J_URI: "bolt://u:s3cret@graph", LOG_LEVEL: info,
        DATABASE_URL: "postgres://app:s3cret@db/app" } } }`,
    );
    const settings = folder.path("settings.env");
    fs.writeFileSync(settings, "NEO4J_URI=bolt://u:s3cret@stored\n");
    const { out, err } = await run({ compose, settings, set: ["QDRANT_URL=http://mine"], variable: ["MONGO_URL"] });
    expect(out).toMatch(/^KIND +SERVICE +TYPE +ENDPOINT +STATE +WHY\n/);
    expect(out).toMatch(
      /\nredis +team-a\/cache +ClusterIP +cache\.team-a\.svc\.cluster\.local:6379 +confirmed +answers PING/,
    );
    expect(out).toMatch(/\npostgres +team-a\/shop .* refuted +answered like an HTTP server/);
    const rows = out
      .split("\n\n")[1]
      ?.trim()
      .split("\n")
      .map((line) => line.split(/ {2,}/));
    expect(rows).toEqual([
      ["VARIABLE", "VALUE", "SOURCE", "FROM"],
      ["REDIS_URL", "redis://cache.team-a.svc.cluster.local:6379/1", "discovery", "redis team-a/cache (confirmed)"],
      ["QDRANT_URL", "http://mine", "manual"],
      ["NEO4J_URI", "bolt://***@stored", "settings"],
      ["DATABASE_URL", "postgres://***@db/app", "default"],
      ["MONGO_URL", `mongodb://127.0.0.1:${standIns[1]?.port}`, "discovery", "mongo team-a/mongo (confirmed)"],
    ]);
    expect(`${out}${err}`).not.toContain("s3cret");
    expect(err).toContain("NEO4J_URI: the credentials of the compose default were left out");
  });

  it("prints one JSON document with --json", async () => {
    const { out } = await run({ json: true, variable: ["REDIS_HOST"], reach: "cluster" });
    expect(JSON.parse(out)).toMatchObject({
      cluster: {
        status: "connected",
        infra_scans: { "team-a": { redis: { found: true }, postgres: { found: false } } },
      },
      variables: { REDIS_HOST: { source: "discovery", from: "redis team-a/cache (confirmed)" } },
      discovered: { REDIS_HOST: "cache.team-a.svc.cluster.local" },
      notes: [],
    });
  });

  it.each<[Partial<DiscoverCommandOptions>, string]>([
    [{ reach: "far" }, "--reach far is not known. Fix: --reach typed or --reach cluster"],
    [{ timeout: "1m" }, "--timeout 1m is no whole number of seconds. Fix: --timeout 60"],
    [{ set: ["X"] }, "--set X has no name and value. Fix: --set NAME=value"],
    [{ use: ["mysql=db"] }, "--use mysql=... names no kind. Fix: one of mongo, redis, postgres, qdrant, neo4j"],
    [
      { use: ["postgres=shop"] },
      'There is no postgres at Service "shop" that may be bound. Fix: look at why in the table of findings',
    ],
    [
      { compose: "/nowhere.yaml" },
      "--compose /nowhere.yaml cannot be read: ENOENT: no such file or directory, open '/nowhere.yaml'",
    ],
  ])("refuses %j", async (options, message) => {
    await expect(run(options)).rejects.toThrow(message);
  });
});
