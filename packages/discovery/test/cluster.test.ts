import * as fs from "node:fs";
import { discover, type DiscoverOptions } from "../src";
import { startSilent } from "../../../tests/support/stand-ins/strangers";
import { startCluster, type TestCluster } from "./cluster";

/** Each test makes a dozen requests and handshakes; a busy machine may take its time. */
jest.setTimeout(60_000);

let cluster: TestCluster;
let api: TestCluster["api"];
let kubeconfig: string;
beforeAll(async () => {
  cluster = await startCluster();
  ({ api, kubeconfig } = cluster);
});
afterEach(() => cluster.mend());
afterAll(() => cluster.stop());

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
  it("finds each kind through its Service type, and refutes other software on the port", async () => {
    const { cluster: found, notes } = await look();
    const { infra_scans: scans, ...facts } = found;
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
      kind,
      found,
      ...endpoints,
      ...candidates.map(({ verdict, reason }) => `${verdict}: ${reason}`),
    ]);
    const mongo = `127.0.0.1:${cluster.mongoPort}`;
    const neo4j = `127.0.0.1:${cluster.neo4jPort}`;
    expect(kinds).toEqual([
      ["mongo", true, mongo, `confirmed: answers hello: wire version 21 (${mongo})`],
      [
        "redis",
        true,
        "cache.team-a.svc.cluster.local:6379",
        "confirmed: answers PING: requires a password (port-forward to cache-0:6379)",
      ],
      ["postgres", false, "refuted: answered like an HTTP server (port-forward to shop-0:5432)"],
      [
        "qdrant",
        true,
        "vectors.team-a.svc.cluster.local:6333",
        "confirmed: answers GET /: version 1.12.4 (port-forward to vectors-0:6333)",
      ],
      ["neo4j", true, neo4j, `confirmed: answers the Bolt handshake: Bolt 5.4 (${neo4j})`],
    ]);
    expect(notes).toEqual([]);
  });

  it("reads lists page by page, and only what docs/discovery.md names", async () => {
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

  it("continues without optional rights, and names them", async () => {
    Object.assign(api.faults, { pods: 403, nodes: 403, endpointslices: 403 });
    const { cluster: found, notes } = await look();
    expect(notes).toEqual([
      "the credentials may not list pods in namespace team-a: images are not known",
      "the credentials may not list endpointslices in namespace team-a: no handshakes with pods",
      "the credentials may not list nodes in the cluster: node addresses of NodePorts are not known",
    ]);
    expect(found.node_count).toBeNull();
    expect(found.infra_scans["team-a"]?.redis).toMatchObject({
      found: false,
      candidates: [{ verdict: "unconfirmed", reason: expect.stringContaining("no ready pod behind it is known") }],
    });
    const { cluster: allowed } = await look({ allowUnconfirmed: true });
    expect(allowed.infra_scans["team-a"]?.redis).toMatchObject({ found: true });
  });

  it("leaves a candidate unconfirmed that it cannot reach through a pod", async () => {
    api.faults["pods/portforward"] = 403;
    const { cluster: found } = await look();
    expect(found.infra_scans["team-a"]?.redis.candidates[0]).toMatchObject({
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

  it("ends in time despite silent pods and port-forwards that never open", async () => {
    api.faults["pods/portforward"] = "silence";
    const { cluster: found } = await look({ handshakeTimeoutMs: 100 });
    expect(found.infra_scans["team-a"]?.redis.candidates[0]?.reason).toContain("no connection in time");
    delete api.faults["pods/portforward"];
    api.podPorts["cache-0:6379"] = await cluster.standIn(startSilent());
    const { cluster: silent } = await look({ handshakeTimeoutMs: 100 });
    api.podPorts["cache-0:6379"] = cluster.redisPort;
    expect(silent.infra_scans["team-a"]?.redis.candidates[0]).toMatchObject({
      verdict: "unconfirmed",
      reason: expect.stringMatching(
        /(did not answer within 0\.1 s|no connection in time) \(port-forward to cache-0:6379\)$/,
      ),
    });
  });

  it("of a namespace without Services says so", async () => {
    const { cluster: found, notes } = await look({ namespaces: ["default"] });
    expect(notes).toEqual(["namespace default has no Services: nothing can be found in it"]);
    expect(found.infra_scans.default?.redis.found).toBe(false);
  });
});

describe("E14 E20: what stops a scan", () => {
  it("a context that does not exist: the existing ones are listed, and no request is sent", async () => {
    const before = api.requests.length;
    expect(await failure({ context: "staging" })).toBe(
      `There is no context "staging" in ${kubeconfig}. Fix: --context <elsewhere | expired | prod>`,
    );
    expect(api.requests.length).toBe(before);
  });

  it("a missing or invalid kubeconfig", async () => {
    const absent = cluster.folder.path("absent");
    expect(await failure({ kubeconfig: absent })).toBe(
      `There is no kubeconfig at ${absent}. Fix: --kubeconfig <file>, or set KUBECONFIG.`,
    );
    fs.writeFileSync(cluster.folder.path("broken"), "{");
    expect(await failure({ kubeconfig: cluster.folder.path("broken") })).toContain("broken cannot be read: ");
  });

  it("credentials that are not accepted, without showing them", async () => {
    const message = await failure({ context: "expired" });
    expect(message).toBe(
      `${api.url} does not accept the credentials of user "expired-user" (context expired). Fix: log in again, or renew them in the kubeconfig.`,
    );
  });

  it("a required right that is missing", async () => {
    api.faults.services = 403;
    expect(await failure({})).toBe(
      'User "prod-user" (context prod) may not list services in namespace team-a. Fix: grant the role in docs/discovery.md.',
    );
  });

  it("a namespace that does not exist: the existing ones are listed", async () => {
    expect(await failure({ namespaces: ["nowhere"] })).toBe(
      'There is no namespace "nowhere" in the cluster of context prod. Fix: --namespace <default | kube-system | team-a>',
    );
  });

  it("a server that cannot be reached, fails or does not answer", async () => {
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

it.each(["not a url", "localhost:6443", "ftp://127.0.0.1"])("a cluster whose server is %s", async (server) => {
  const file = cluster.folder.write("bad-server", [{ name: "prod", server }]);
  expect(await failure({ kubeconfig: file })).toBe(
    `The cluster "prod-cluster" of context "prod" has the server "${server}" in ${file}, which is not a URL. Fix: kubectl --kubeconfig ${file} config set-cluster prod-cluster --server=https://<host>:6443`,
  );
});

it("reads every file of KUBECONFIG, as kubectl does: the first entry of a name is used, missing files are ignored", async () => {
  const second = cluster.folder.write("second", [
    { name: "prod", server: "http://127.0.0.1:1" },
    { name: "other", server: api.url, namespace: "default" },
  ]);
  const before = process.env.KUBECONFIG;
  process.env.KUBECONFIG = [cluster.folder.path("absent"), kubeconfig, second].join(":");
  try {
    expect((await look({ kubeconfig: undefined })).cluster.server).toBe(api.url);
    expect((await look({ kubeconfig: undefined, context: "other" })).cluster.namespace).toBe("default");
  } finally {
    if (before === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = before;
  }
});
