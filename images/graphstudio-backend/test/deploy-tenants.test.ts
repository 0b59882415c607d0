import { join } from "node:path";
import { buildBundle } from "@nexus/testkit/bundle";
import { naming } from "@nexus/testkit/naming-tenant";
import { documentedRoutes } from "@nexus/testkit/registered-routes";
import { BackendWorld, type Method } from "./backend-world";
import { owner, type Person } from "./cluster-world";

/** The part of the matrix of tenants in named-tenants.test.ts that needs projects. */

let world: BackendWorld;
beforeAll(async () => {
  const bundle = await buildBundle("graphstudio-backend");
  world = await BackendWorld.start({}, undefined, join(bundle, "convert-worker.js"));
}, 120_000);
afterAll(() => world?.stop());

const PROJECTS = "/api/kubernetes/projects";
const content = {
  name: "Shop",
  files: [{ name: "compose.yaml", text: "services:\n  web: { image: 'nginx:1.29' }\n" }],
};
const BODIES: Readonly<Record<string, object>> = {
  [`POST ${PROJECTS}`]: { ...content, name: "Named" },
  [`PUT ${PROJECTS}/{projectId}`]: { ...content, version: 1 },
};

async function company(): Promise<Person & { readonly ids: Readonly<Record<string, string>> }> {
  const person = await owner(world);
  const { body } = await person.browser.ask("POST", PROJECTS, content);
  return { ...person, ids: { projectId: String(body.project_id) } };
}

const fill = (path: string, ids: Readonly<Record<string, string>>) =>
  path.replace(/\{(\w+)\}/g, (_match, name: string) => {
    const id = ids[name];
    if (id === undefined) throw new Error(`the matrix does not know how to fill {${name}} of ${path}`);
    return id;
  });

test("projects of another tenant are as if there were nothing, whatever tenant a header, query or body names", async () => {
  const [theirs, own] = [await company(), await company()];
  const before = await theirs.browser.ask("GET", PROJECTS);
  const named = naming(theirs.tenantId, theirs.id);
  const headers = { ...named.headers, authorization: `Bearer ${own.browser.accessToken}` };
  const routes = documentedRoutes(world.backend.app).filter((route) => route.includes(` ${PROJECTS}`));
  expect(routes.length).toBeGreaterThanOrEqual(7);
  const wrong: string[] = [];
  for (const route of routes) {
    const [method = "", path = ""] = route.split(" ");
    const payload = BODIES[route];
    const url = named.addQuery(fill(path, theirs.ids));
    const asked = {
      method: method as Method,
      url,
      headers,
      ...(payload && { payload: { ...named.fields, ...payload } }),
    };
    const { statusCode, body } = await world.backend.app.inject(asked);
    const isWrong = path.includes("{") ? statusCode !== 404 : body.includes(theirs.ids.projectId ?? "");
    if (isWrong) wrong.push(`${route}: ${statusCode} ${body}`);
  }
  expect(wrong).toEqual([]);
  expect((await theirs.browser.ask("GET", PROJECTS)).body).toEqual(before.body);
});
