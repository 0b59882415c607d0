import { naming } from "@nexus/testkit/naming-tenant";
import { documentedRoutes } from "@nexus/testkit/registered-routes";
import type { Answer, Method } from "./backend-world";
import { CLUSTERS, member, owner } from "./cluster-world";
import { deploy, DEPLOYMENTS, DeployWorld, pathOf, PROJECTS, SECRET, settled, shop, type Tenant } from "./deploy-world";

/** The part of the matrix of tenants in named-tenants.test.ts that needs projects and deployments. */

let all: DeployWorld;
beforeAll(async () => {
  all = await DeployWorld.start();
}, 180_000);
afterAll(() => all?.stop());

const ROLLOUTS = "/api/kubernetes/rollouts";
const content = { name: "Named", files: [{ name: "compose.yaml", text: shop() }] };
const BODIES: Readonly<Record<string, object>> = {
  [`POST ${PROJECTS}`]: content,
  [`PUT ${PROJECTS}/{projectId}`]: { ...content, version: 1 },
  [`POST ${DEPLOYMENTS}/{deploymentId}/rollback`]: { revision: 1 },
  [`POST ${DEPLOYMENTS}/{deploymentId}/restart`]: {},
  [`POST ${DEPLOYMENTS}/{deploymentId}/scale`]: { service: "web", replicas: 0 },
};

interface Company extends Tenant {
  readonly path: string;
  readonly ids: Readonly<Record<string, string>>;
}

async function company(): Promise<Company> {
  const tenant = await all.tenant();
  const path = pathOf(await deploy(tenant));
  await settled(tenant, path);
  const deploymentId = path.split("/").at(-1) ?? "";
  return { ...tenant, path, ids: { projectId: tenant.projectId, deploymentId, revision: "1", pod: "web" } };
}

const fill = (path: string, ids: Readonly<Record<string, string>>) =>
  path.replace(/\{(\w+)\}/g, (_match, name: string) => {
    const id = ids[name];
    if (id === undefined) throw new Error(`the matrix does not know how to fill {${name}} of ${path}`);
    return id;
  });

const stateOf = async ({ browser, path }: Company): Promise<Answer["body"][]> =>
  await Promise.all([PROJECTS, DEPLOYMENTS, path].map(async (url) => (await browser.ask("GET", url)).body));

test("projects and deployments of another tenant are as if there were nothing, whatever tenant a request names", async () => {
  const [theirs, own] = [await company(), await company()];
  const before = await stateOf(theirs);
  const named = naming(theirs.tenantId, theirs.id);
  const headers = { ...named.headers, authorization: `Bearer ${own.browser.accessToken}` };
  const routes = documentedRoutes(all.world.backend.app).filter((route) =>
    [PROJECTS, DEPLOYMENTS, ROLLOUTS].some((of) => route.includes(` ${of}`)),
  );
  expect(routes.length).toBeGreaterThanOrEqual(18);
  const foreign = { project_id: theirs.projectId, targets: [{ cluster_id: theirs.clusterId }] };
  const bodies: typeof BODIES = { ...BODIES, [`POST ${ROLLOUTS}`]: foreign };
  const wrong: string[] = [];
  for (const route of routes) {
    const [method = "", path = ""] = route.split(" ");
    const payload = bodies[route];
    const url = named.addQuery(fill(path, theirs.ids)) + (path.endsWith("/changes") ? "&since=1" : "");
    const sent = payload && { payload: { ...named.fields, ...payload } };
    const { statusCode, body } = await all.world.backend.app.inject({
      method: method as Method,
      url,
      headers,
      ...sent,
    });
    const isHidden = path.includes("{") || path === ROLLOUTS;
    const shown = [theirs.projectId, theirs.ids.deploymentId ?? "", theirs.clusterId].some((id) => body.includes(id));
    if (isHidden ? statusCode !== 404 : shown) wrong.push(`${route}: ${statusCode} ${body}`);
  }
  // With a cluster or a project of one's own, those of others are still not there.
  for (const targets of [[{ cluster_id: own.clusterId }], [{ cluster_id: theirs.clusterId }]]) {
    const project = targets[0]?.cluster_id === own.clusterId ? theirs.projectId : own.projectId;
    const { status } = await own.browser.ask("POST", ROLLOUTS, { project_id: project, targets });
    if (status !== 404) wrong.push(`a mixed rollout: ${status}`);
  }
  expect(wrong).toEqual([]);
  expect(await stateOf(theirs)).toEqual(before);
});

test("members deploy where an admin allows it, viewers look, and strangers see nothing", async () => {
  const ada = await all.tenant();
  const path = pathOf(await deploy(ada));
  await settled(ada, path);
  const [helper, viewer, stranger] = [
    { ...ada, ...(await member(all.world, ada, "member")) },
    { ...ada, ...(await member(all.world, ada, "viewer")) },
    { ...ada, ...(await owner(all.world)) },
  ];
  expect((await deploy(helper)).body.code).toBe("forbidden");
  const deployers = `/api/kubernetes/clusters/${ada.clusterId}/deployers`;
  expect((await helper.browser.ask("PUT", deployers, { members: true })).status).toBe(403);
  expect((await ada.browser.ask("PUT", deployers, { members: true })).status).toBe(204);
  const cluster = await helper.browser.ask("GET", `/api/kubernetes/clusters/${ada.clusterId}`);
  expect(cluster.body.members_deploy).toBe(true);
  expect((await deploy(helper)).status).toBe(202);
  await settled(ada, path);
  expect((await deploy(viewer)).status).toBe(403);
  expect((await viewer.browser.ask("GET", `${path}/status`)).status).toBe(200);
  expect((await deploy(stranger)).status).toBe(404);
  for (const url of [path, `${path}/status`, `${path}/revisions`, `${path}/revisions/1/manifests`])
    expect((await stranger.browser.ask("GET", url)).status).toBe(404);
});

test("members change no deployment of a cluster that is not open to them, on any route, and do where it is", async () => {
  const theirs = await company();
  const helper = await member(all.world, theirs, "member");
  const before = await stateOf(theirs);
  const { paths = {} } = all.world.backend.app.swagger() as { paths?: Record<string, Record<string, object>> };
  const needsWrite = (route: string) => {
    const [method = "", path = ""] = route.split(" ");
    const operation: { "x-permission"?: string } | undefined = paths[path]?.[method.toLowerCase()];
    const isChange = method !== "GET" && !path.startsWith(PROJECTS);
    return isChange && operation?.["x-permission"] === "deployments.write";
  };
  const routes = documentedRoutes(all.world.backend.app).filter(needsWrite);
  expect(routes.length).toBeGreaterThanOrEqual(7);
  const deployed = { project_id: theirs.projectId };
  const bodies: typeof BODIES = {
    ...BODIES,
    [`POST ${CLUSTERS}/{clusterId}/preview`]: deployed,
    [`POST ${CLUSTERS}/{clusterId}/deploy`]: deployed,
    [`POST ${ROLLOUTS}`]: { ...deployed, targets: [{ cluster_id: theirs.clusterId }] },
  };
  const ask = async (route: string) => {
    const [method = "", path = ""] = route.split(" ");
    const url = fill(path, { ...theirs.ids, clusterId: theirs.clusterId });
    const { status, body } = await helper.browser.ask(method as Method, url, bodies[route]);
    return `${status} ${String(body.code)}`;
  };
  for (const route of routes) expect(`${route}: ${await ask(route)}`).toBe(`${route}: 403 forbidden`);
  expect(await stateOf(theirs)).toEqual(before);
  await theirs.browser.ask("PUT", `${CLUSTERS}/${theirs.clusterId}/deployers`, { members: true });
  expect(await ask(`POST ${CLUSTERS}/{clusterId}/preview`)).toBe("200 undefined");
  expect(await ask(`POST ${DEPLOYMENTS}/{deploymentId}/restart`)).toBe("202 undefined");
});

test("an export has clusters, settings, projects and deployments of its tenant alone, what is unreadable too, and no secret", async () => {
  const [theirs, own] = [await company(), await company()];
  for (const { browser } of [theirs, own]) {
    await browser.ask("PUT", "/api/settings/MODE", { value: "fast" });
    await browser.ask("PUT", "/api/settings/DB_PASSWORD", { value: SECRET });
  }
  const { browser, projectId, clusterId, tenantId } = own;
  await browser.ask("PUT", `${PROJECTS}/${projectId}`, { ...content, version: 1 });
  await all.world.postgres.query(
    `update studio.project_versions set key_id = 'gone' where project_id = '${projectId}' and version = 1`,
  );
  const exported = async () =>
    (await browser.ask("GET", `/account/tenants/${tenantId}/export`)).body.lines as readonly string[];
  // The tenant of the token is another one.
  await browser.renew(String((await browser.ask("POST", "/account/tenants", { name: "Other" })).body.id));
  const lines = (await exported()).map((line) => JSON.parse(line) as Record<string, unknown>);
  const deployedKinds = ["cluster", "setting", "project", "deployment", "revision"];
  expect(lines.filter(({ kind }) => deployedKinds.includes(String(kind)))).toMatchObject([
    { kind: "cluster", cluster_id: clusterId, name: "Production" },
    { kind: "setting", name: "DB_PASSWORD", secret: true, value: null },
    { kind: "setting", name: "MODE", value: "fast" },
    { kind: "project", project_id: projectId, version: 2, files: [{ name: "compose.yaml", text: shop() }] },
    { kind: "project", project_id: projectId, version: 1, unreadable: true },
    { kind: "deployment", deployment_id: own.ids.deploymentId, project_id: projectId },
    { kind: "revision", deployment_id: own.ids.deploymentId, revision: 1, state: "applied" },
  ]);
  expect(lines.at(-1)).toEqual({ kind: "end", part: "tenant" });
  const rest = JSON.stringify(lines.filter(({ kind }) => kind !== "project"));
  for (const hidden of [SECRET, theirs.projectId, theirs.clusterId, theirs.ids.deploymentId ?? ""])
    expect(rest).not.toContain(hidden);
});
