import { randomUUID } from "node:crypto";
import { keyScopes, may, type Permission, type Role, roles } from "@nexus/contract";
import { documentedRoutes } from "@nexus/testkit/registered-routes";
import { waitFor } from "@nexus/testkit/server-process";
import { BackendWorld, type Method } from "./backend-world";
import { peopleOf, type Person } from "./people";

/** The routes of the tenant that a token or an API key is for: roles, scopes and those who are gone. */

let world: BackendWorld;
let founder: Person;
let tenantId: string;

const { person, tenantOf, join } = peopleOf(() => world);

beforeAll(async () => {
  world = await BackendWorld.start();
  founder = await person();
  tenantId = await tenantOf(founder);
});
afterAll(() => world?.stop());

interface Need {
  /** All of these are needed; the document names the first. It is not taken from the routes, which may be wrong. */
  readonly permissions: readonly [Permission, ...Permission[]];
  readonly query?: string;
  /** A valid body; what it names is not there. */
  readonly body?: object;
}

const NOBODY = randomUUID();
const API = "/api/kubernetes";
const CLUSTER = `${API}/clusters/{clusterId}`;
const PROJECT = `${API}/projects/{projectId}`;
const DEPLOYMENT = `${API}/deployments/{deploymentId}`;
const REVISION = `${DEPLOYMENT}/revisions/{revision}`;
const SETTING = "/api/settings/{name}";
const project = { name: "Shop", files: [{ name: "compose.yaml" }] };
const deployed = { project_id: NOBODY };

const need = (...permissions: Need["permissions"]): Need => ({ permissions });
const look = need("deployments.read");
const deploy = (body: object): Need => ({ ...need("deployments.write"), body });
const manage = (body: object): Need => ({ ...need("clusters.manage"), body });

const needs: Readonly<Record<string, Need>> = {
  [`GET ${API}/clusters`]: need("clusters.read"),
  [`POST ${API}/clusters`]: manage({ name: "Production", kubeconfig: "{}" }),
  [`POST ${API}/contexts`]: manage({ kubeconfig: "{}" }),
  [`GET ${API}/account`]: { ...need("clusters.read"), query: "namespaces=shop" },
  [`GET ${CLUSTER}`]: need("clusters.read"),
  [`DELETE ${CLUSTER}`]: need("clusters.manage"),
  [`POST ${CLUSTER}/check`]: need("clusters.manage"),
  [`POST ${CLUSTER}/scan-infra`]: manage({ namespaces: [] }),
  [`PUT ${CLUSTER}/deployers`]: manage({ members: true }),
  [`POST ${CLUSTER}/envmap`]: { ...need("clusters.read", "deployments.read"), body: { variables: [] } },
  [`GET ${API}/services/infra`]: need("clusters.read"),
  [`GET ${API}/services/available`]: need("clusters.read"),
  [`POST ${CLUSTER}/preview`]: deploy(deployed),
  [`POST ${CLUSTER}/deploy`]: deploy(deployed),
  [`POST ${API}/rollouts`]: deploy({ ...deployed, targets: [{ cluster_id: NOBODY }] }),
  [`GET ${API}/project-catalogue`]: look,
  [`GET ${API}/projects`]: look,
  [`POST ${API}/projects`]: deploy(project),
  [`GET ${PROJECT}`]: look,
  [`PUT ${PROJECT}`]: deploy({ ...project, version: 1 }),
  [`DELETE ${PROJECT}`]: need("deployments.write"),
  [`GET ${PROJECT}/versions`]: look,
  [`GET ${API}/deployments`]: look,
  [`GET ${DEPLOYMENT}`]: look,
  [`DELETE ${DEPLOYMENT}`]: need("deployments.write"),
  [`GET ${DEPLOYMENT}/status`]: look,
  [`GET ${DEPLOYMENT}/pods/{pod}/logs`]: look,
  [`GET ${DEPLOYMENT}/revisions`]: look,
  [`GET ${DEPLOYMENT}/stack-entry`]: need("deployments.write"),
  [`GET ${REVISION}/manifests`]: look,
  [`GET ${REVISION}/changes`]: { ...look, query: "since=1" },
  [`POST ${DEPLOYMENT}/rollback`]: deploy({ revision: 1 }),
  [`POST ${DEPLOYMENT}/restart`]: deploy({}),
  [`POST ${DEPLOYMENT}/scale`]: deploy({ service: "web", replicas: 0 }),
  "GET /api/settings": look,
  [`PUT ${SETTING}`]: { ...need("settings.write"), body: { value: "x" } },
  [`DELETE ${SETTING}`]: need("settings.write"),
};

const PARTS: Readonly<Record<string, string>> = { name: "MODE", pod: "web", revision: "1" };

async function ask(token: unknown, route: string): Promise<string> {
  const [method = "", path = ""] = route.split(" ");
  const { query, body } = needs[route] ?? look;
  const url = path.replace(/\{(\w+)\}/g, (_match, part: string) => PARTS[part] ?? NOBODY) + (query ? `?${query}` : "");
  const answer = await world.ask(method as Method, url, body, { authorization: `Bearer ${String(token)}` });
  return answer.body.code === "forbidden" ? "403" : String(answer.status);
}

/** Each route that answers otherwise than with 403 where it is not allowed, and with something else where it is. */
async function wrongFor(token: unknown, allows: (permissions: readonly Permission[]) => boolean): Promise<string[]> {
  const wrong: string[] = [];
  for (const [route, { permissions }] of Object.entries(needs)) {
    const status = await ask(token, route);
    if (allows(permissions) ? ["401", "403"].includes(status) : status !== "403") wrong.push(`${route}: ${status}`);
  }
  return wrong;
}

const asRole = (role: Role) => (all: readonly Permission[]) => all.every((one) => may(role, one));

async function somebody(role: Role): Promise<Person> {
  const joined = await join(founder, tenantId, role);
  await joined.renew(tenantId);
  return joined;
}

/** Changes the role without telling anybody, so what their tokens say is wrong. */
const lower = ({ id }: Person, role: Role) =>
  world.postgres.query(
    `update studio.members set role = '${role}' where tenant_id = '${tenantId}' and user_id = '${id}'`,
  );

const keyOf = async (maker: Person, scopes: readonly Permission[]) =>
  (await maker.ask("POST", `/account/tenants/${tenantId}/keys`, { name: "CI", scopes })).body.key;

test("the matrix names every route of the tenant that a token is for, with what the document says it needs", async () => {
  const { app } = world.backend;
  await app.ready();
  const { paths = {} } = app.swagger() as { paths?: Record<string, Record<string, { "x-permission"?: string }>> };
  const documented = documentedRoutes(app).filter((route) => route.includes(" /api/"));
  const named = documented.map((route) => {
    const [method = "", path = ""] = route.split(" ");
    return [route, paths[path]?.[method.toLowerCase()]?.["x-permission"]];
  });
  expect(Object.fromEntries(named)).toEqual(
    Object.fromEntries(Object.entries(needs).map(([route, { permissions }]) => [route, permissions[0]])),
  );
});

test.each(roles)(
  "every route with a token of %s: what the table of roles says, before anything is looked up",
  async (role) => {
    expect(await wrongFor((await somebody(role)).accessToken, asRole(role))).toEqual([]);
  },
);

test.each(["admin", "member", "viewer"] as const)(
  "every route with a token of an owner who is %s by now: what that role may",
  async (role) => {
    const caller = await somebody("owner");
    await lower(caller, role);
    expect(await wrongFor(caller.accessToken, asRole(role))).toEqual([]);
  },
);

test.each(keyScopes)("every route with an API key of the scope %s: that and no more", async (scope) => {
  const key = await keyOf(founder, [scope]);
  expect(await wrongFor(key, (all) => all.every((one) => one === scope))).toEqual([]);
});

test.each(["member", "viewer"] as const)(
  "every route with an API key of all scopes, whose maker is %s by now: what that role may",
  async (role) => {
    const maker = await somebody("owner");
    const key = await keyOf(maker, keyScopes);
    await lower(maker, role);
    expect(await wrongFor(key, asRole(role))).toEqual([]);
  },
);

test("no route knows somebody who was removed, nor their API key", async () => {
  const gone = await somebody("admin");
  const key = await keyOf(
    gone,
    keyScopes.filter((scope) => may("admin", scope)),
  );
  expect((await founder.ask("DELETE", `/account/tenants/${tenantId}/members/${gone.id}`)).status).toBe(204);
  await waitFor("it is known", async () =>
    expect(await ask(gone.accessToken, `GET ${API}/project-catalogue`)).toBe("401"),
  );
  for (const token of [gone.accessToken, key])
    for (const route of Object.keys(needs)) expect(`${route} ${await ask(token, route)}`).toBe(`${route} 401`);
});
