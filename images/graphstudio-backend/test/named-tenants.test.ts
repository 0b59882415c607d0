import { naming } from "@nexus/testkit/naming-tenant";
import { documentedRoutes } from "@nexus/testkit/registered-routes";
import { BackendWorld, type Method } from "./backend-world";
import { CLUSTERS, FakeCluster, here } from "./cluster-world";
import { peopleOf, type Person } from "./people";

let world: BackendWorld;
let cluster: FakeCluster;
beforeAll(async () => {
  cluster = await FakeCluster.start();
  world = await BackendWorld.start({ CLUSTER_PORTS: String(cluster.port) }, here);
});
afterAll(async () => {
  cluster?.stop();
  await world?.stop();
});

const { person, tenantOf, join } = peopleOf(() => world);

const KUBERNETES = "/api/kubernetes/";
const CONTEXTS = `${KUBERNETES}contexts`;
const SETTINGS = "/api/settings";
const NOBODY = "00000000-0000-4000-8000-000000000000";
/** Bodies that the routes with one accept; others read none, or are asked with this one. */
const BODIES: Readonly<Record<string, object>> = {
  "PUT /account/tenants/{tenantId}/members/{userId}": { role: "viewer" },
  "PUT /account/tenants/{tenantId}/second-factor": { required: false },
  "PUT /account/tenants/{tenantId}/subscription": { plan: "unlimited" },
  "POST /api/kubernetes/clusters/{clusterId}/scan-infra": { namespaces: [] },
  "POST /api/kubernetes/clusters/{clusterId}/envmap": { variables: [] },
  "POST /api/kubernetes/clusters/{clusterId}/preview": { project_id: NOBODY },
  "POST /api/kubernetes/clusters/{clusterId}/deploy": { project_id: NOBODY },
  "PUT /api/kubernetes/clusters/{clusterId}/deployers": { members: true },
  "POST /account/tenants/{tenantId}/keys": { name: "CI", scopes: ["ai.use"] },
};
const OTHER_BODY = { name: "Looms", password: "none", role: "member", reason: "x", plan: "unlimited", state: "active" };

interface Company {
  readonly owner: Person;
  readonly tenantId: string;
  readonly ids: Readonly<Record<"tenantId" | "userId" | "keyId" | "invitationId" | "clusterId", string>>;
}

const addCluster = async (by: Person, name: string) =>
  String((await by.ask("POST", CLUSTERS, { name, kubeconfig: cluster.kubeconfig() })).body.cluster_id);

/** A tenant with one of each that a route may name; its owner works in it. */
async function company(): Promise<Company> {
  const owner = await person();
  const tenantId = await tenantOf(owner);
  const url = `/account/tenants/${tenantId}`;
  const { id: userId } = await join(owner, tenantId, "member");
  const keyId = String((await owner.ask("POST", `${url}/keys`, { name: "CI", scopes: ["ai.use"] })).body.id);
  await owner.ask("POST", `${url}/invitations`, { role: "member" });
  const { items } = (await owner.ask("GET", `${url}/invitations`)).body as { items: { id: string }[] };
  await owner.renew(tenantId);
  const clusterId = await addCluster(owner, "Production");
  return { owner, tenantId, ids: { tenantId, userId, keyId, invitationId: items[0]?.id ?? "", clusterId } };
}

const routesBelow = (prefix: string) =>
  documentedRoutes(world.backend.app)
    .filter((route) => route.includes(` ${prefix}`))
    .map((route) => {
      const [method = "", path = ""] = route.split(" ");
      return { route, method: method as Method, path };
    });

const fill = (path: string, ids: Readonly<Record<string, string>>) =>
  path.replace(/\{(\w+)\}/g, (_match, name: string) => {
    const id = ids[name];
    if (id === undefined) throw new Error(`the matrix does not know how to fill {${name}} of ${path}`);
    return id;
  });

/** What a tenant has, as its owner sees it. */
async function stateOf({ owner, tenantId }: Company): Promise<unknown[]> {
  const url = `/account/tenants/${tenantId}`;
  const answers = [];
  for (const path of ["", "/members", "/keys", "/invitations", "/subscription"].map((part) => url + part))
    answers.push((await owner.ask("GET", path)).body);
  answers.push((await owner.ask("GET", CLUSTERS)).body, (await owner.ask("GET", SETTINGS)).body);
  return answers;
}

test("a header, query or body that names another tenant changes no answer, on every route of a tenant", async () => {
  const theirs = await company();
  const before = await stateOf(theirs);
  const stranger = await person();
  const named = naming(theirs.tenantId, theirs.owner.id);
  const headers = { ...named.headers, authorization: `Bearer ${stranger.accessToken}` };
  const wrong: string[] = [];
  const routes = routesBelow("/account/tenants/{tenantId}");
  expect(routes.length).toBeGreaterThanOrEqual(19);
  for (const { route, method, path } of routes) {
    const payload = method === "GET" ? undefined : { ...named.fields, ...(BODIES[route] ?? OTHER_BODY) };
    const { statusCode } = await world.backend.app.inject({
      method,
      url: named.addQuery(fill(path, theirs.ids)),
      headers,
      ...(payload && { payload }),
    });
    if (statusCode !== 404) wrong.push(`${route}: ${statusCode}`);
  }
  expect(wrong).toEqual([]);
  expect(await stateOf(theirs)).toEqual(before);
});

test("a header, query or body that names another tenant changes no answer, on every route of clusters", async () => {
  const [theirs, own] = [await company(), await company()];
  const before = await stateOf(theirs);
  const named = naming(theirs.tenantId, theirs.owner.id);
  const headers = { ...named.headers, authorization: `Bearer ${own.owner.accessToken}` };
  const wrong: string[] = [];
  const routes = [...routesBelow(CLUSTERS), ...routesBelow(CONTEXTS)];
  expect(routes.length).toBeGreaterThanOrEqual(10);
  for (const { route, method, path } of routes) {
    const about = BODIES[route] ?? { name: "Named", kubeconfig: cluster.kubeconfig() };
    const payload = ["POST", "PUT"].includes(method) ? { ...named.fields, ...about } : undefined;
    const url = named.addQuery(fill(path, theirs.ids));
    const { statusCode, body } = await world.backend.app.inject({ method, url, headers, ...(payload && { payload }) });
    const isCluster = path === CONTEXTS || body.includes("cluster_id");
    const isOwn = statusCode < 300 && isCluster && !body.includes(theirs.ids.clusterId);
    if (path.includes("{") ? statusCode !== 404 : !isOwn) wrong.push(`${route}: ${statusCode} ${body}`);
  }
  expect(wrong).toEqual([]);
  const { items } = (await own.owner.ask("GET", CLUSTERS)).body as { items: { name: string }[] };
  expect(items.map(({ name }) => name)).toEqual(["Named", "Production"]);
  expect(await stateOf(theirs)).toEqual(before);
});

test("a header, query or body that names another tenant changes no answer, on every route of settings", async () => {
  const [theirs, own] = [await company(), await company()];
  await theirs.owner.ask("PUT", `${SETTINGS}/MODE`, { value: "theirs" });
  const before = await stateOf(theirs);
  const named = naming(theirs.tenantId, theirs.owner.id);
  const headers = { ...named.headers, authorization: `Bearer ${own.owner.accessToken}` };
  const answers: Record<string, string> = {};
  const routes = routesBelow(SETTINGS);
  for (const { route, method, path } of [...routes].sort((one, other) => other.method.localeCompare(one.method))) {
    const payload = method === "PUT" ? { ...named.fields, value: "own" } : undefined;
    const url = named.addQuery(fill(path, { name: "MODE" }));
    const { statusCode, body } = await world.backend.app.inject({ method, url, headers, ...(payload && { payload }) });
    answers[route] = `${statusCode} ${body.includes("own")} ${body.includes("theirs")}`;
  }
  expect(answers).toEqual({
    [`PUT ${SETTINGS}/{name}`]: "204 false false",
    [`GET ${SETTINGS}`]: "200 true false",
    [`DELETE ${SETTINGS}/{name}`]: "204 false false",
  });
  expect((await own.owner.ask("DELETE", `${SETTINGS}/MODE`)).status).toBe(404);
  expect(await stateOf(theirs)).toEqual(before);
});

/** Routes without an id, which answer for the tenant of the token. */
const isPlain = (path: string, methods: object) =>
  path.startsWith(KUBERNETES) && !path.includes("{") && Object.keys(methods).join() === "get";

/** Routes that are in deploy-tenants.long.test.ts. */
const DEPLOYING = ["projects", "deployments", "rollouts"].map((name) => KUBERNETES + name);

test("every route that needs a token is in the matrices of tenants", async () => {
  await world.backend.app.ready();
  const { paths = {} } = world.backend.app.swagger() as { paths?: Record<string, Record<string, object>> };
  const secured = Object.entries(paths).filter(([, methods]) =>
    Object.values(methods).some((one) => "security" in one),
  );
  const left = secured
    .filter(([path, methods]) => !isPlain(path, methods))
    .map(([path]) => path)
    .filter((path) => !["/account/", SETTINGS, CLUSTERS, CONTEXTS, ...DEPLOYING].some((of) => path.startsWith(of)));
  expect(left).toEqual([]);
});

test("in a tenant of one's own, ids of another tenant's objects are as if there were nothing", async () => {
  const [theirs, own] = [await company(), await company()];
  const before = await stateOf(theirs);
  const mixed = { ...theirs.ids, tenantId: own.tenantId };
  const wrong: string[] = [];
  const ofTenant = routesBelow("/account/tenants/{tenantId}/").filter(({ path }) => /Id\}.*Id\}/.test(path));
  const routes = [...ofTenant, ...routesBelow(`${CLUSTERS}/{clusterId}`)];
  expect(routes.length).toBeGreaterThanOrEqual(7);
  for (const { route, method, path } of routes) {
    const { status } = await own.owner.ask(method, fill(path, mixed), BODIES[route]);
    if (status !== 404) wrong.push(`${route}: ${status}`);
  }
  expect(wrong).toEqual([]);
  expect(await stateOf(theirs)).toEqual(before);
});

test("no answer about a tenant has anything of another one, on every route that reads", async () => {
  const TOKENS = 7_654_321;
  const [theirs, own] = [await company(), await company()];
  await theirs.owner.ask("PUT", `${SETTINGS}/THEIRS`, { value: "x" });
  await world.postgres.query(`insert into studio.ai_days values ('${theirs.tenantId}', '2030-05-01', ${TOKENS})`);
  const foreign = [...Object.values(theirs.ids), theirs.owner.email, theirs.owner.id, "THEIRS", String(TOKENS)];
  const readers = [...routesBelow("/account/"), ...routesBelow(KUBERNETES), ...routesBelow(SETTINGS)].filter(
    ({ method, path }) => method === "GET" && !path.startsWith("/account/platform/"),
  );
  const isOfDeployment = (path: string) => /\{(projectId|deploymentId)\}/.test(path);
  const shown = { own: 0, theirs: 0 };
  const wrong: string[] = [];
  for (const { route, path } of readers.filter((one) => !isOfDeployment(one.path)))
    for (const [who, { owner, ids }] of Object.entries({ own, theirs })) {
      const headers = { authorization: `Bearer ${owner.accessToken}` };
      const { statusCode, body } = await world.backend.app.inject({ url: `${fill(path, ids)}?namespaces=a`, headers });
      const found = foreign.filter((text) => body.includes(text));
      shown[who as "own"] += found.length;
      if (statusCode !== 200 || (who === "own" && found.length > 0))
        wrong.push(`${route}: ${statusCode} ${found.join()}`);
    }
  expect(wrong).toEqual([]);
  // Whoever may see all of it does, so that its absence means something.
  expect(shown.own).toBe(0);
  expect(shown.theirs).toBeGreaterThan(20);
});

test("routes of a person answer the same, whatever tenant and person a header or query names", async () => {
  const theirs = await company();
  const ada = await person();
  const named = naming(theirs.tenantId, theirs.owner.id);
  const authorization = `Bearer ${ada.accessToken}`;
  const all = [...routesBelow("/account/"), ...routesBelow(KUBERNETES)];
  const own = all.filter(({ method, path }) => method === "GET" && !path.includes("{"));
  expect(own.length).toBeGreaterThanOrEqual(12);
  for (const { route, path } of own) {
    const plain = await world.backend.app.inject({ url: path, headers: { authorization } });
    const asked = { url: named.addQuery(path), headers: { ...named.headers, authorization } };
    const answer = await world.backend.app.inject(asked);
    const text = (body: string) => body.replace(/"(exportedAt|at)":"[^"]*"/g, "");
    expect([route, answer.statusCode, text(answer.body)]).toEqual([route, plain.statusCode, text(plain.body)]);
    expect(answer.body).not.toContain(theirs.tenantId);
  }
});

test("no header makes an administrator of the platform", async () => {
  const theirs = await company();
  const named = naming(theirs.tenantId, theirs.owner.id);
  const headers = { ...named.headers, authorization: `Bearer ${theirs.owner.accessToken}` };
  const routes = routesBelow("/account/platform/");
  expect(routes).toHaveLength(8);
  for (const { route, method, path } of routes) {
    const url = named.addQuery(fill(path, theirs.ids));
    const payload = method === "PUT" ? OTHER_BODY : undefined;
    const { statusCode } = await world.backend.app.inject({ method, url, headers, ...(payload && { payload }) });
    expect(`${route} ${statusCode}`).toBe(`${route} 403`);
  }
});
