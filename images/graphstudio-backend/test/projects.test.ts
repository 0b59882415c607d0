import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { buildBundle } from "@nexus/testkit/bundle";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { type Answer, BackendWorld } from "./backend-world";
import { member, owner, type Person } from "./cluster-world";

const PROJECTS = "/api/kubernetes/projects";
const SECRET = "s3cr3t-of-a-project-variable";
let world: BackendWorld;
beforeAll(async () => {
  const bundle = await buildBundle("graphstudio-backend");
  world = await BackendWorld.start({}, undefined, join(bundle, "convert-worker.js"));
}, 120_000);
afterAll(() => world?.stop());

const compose = 'services:\n  web: { image: "nginx:1.29", environment: [MODE=fast, DB_PASSWORD] }\n';
const content = (more: object = {}) => ({ name: "Shop", files: [{ name: "compose.yaml", text: compose }], ...more });
const add = ({ browser }: Person, more: object = {}): Promise<Answer> => browser.ask("POST", PROJECTS, content(more));
const pathOf = ({ body }: Answer) => `${PROJECTS}/${String(body.project_id)}`;

test("a project is added, listed, changed with what is left out kept, and deleted", async () => {
  const ada = await owner(world);
  const variables = [{ name: "DB_PASSWORD", value: SECRET }];
  const files = [
    { name: "compose.yaml", text: compose },
    { name: ".env", text: "A=b\n" },
  ];
  const added = await add(ada, { variables, files, services: { web: { replicas: 2 } } });
  expect(added).toMatchObject({
    status: 201,
    body: {
      name: "Shop",
      version: 1,
      namespace: "ushadow",
      compose_files: ["compose.yaml"],
      files: [
        { name: "compose.yaml", text: compose },
        { name: ".env", text: null },
      ],
      services: { web: { replicas: 2 } },
      variables: [{ service: null, name: "DB_PASSWORD", value: null, source: "manual", secret: true }],
    },
  });
  const change = {
    ...content({ name: "Store", files: [{ name: "compose.yaml" }, { name: ".env" }] }),
    variables: [{ name: "DB_PASSWORD" }, { name: "MODE", value: "slow" }],
    version: 1,
  };
  const changed = await ada.browser.ask("PUT", pathOf(added), change);
  expect(changed).toMatchObject({ status: 200, body: { name: "Store", version: 2, services: {} } });
  expect(changed.body.variables).toMatchObject([
    { value: null, secret: true },
    { value: "slow", secret: false },
  ]);
  expect((await ada.browser.ask("GET", `${pathOf(added)}?version=1`)).body).toMatchObject({
    version: 1,
    services: { web: { replicas: 2 } },
  });
  const { body } = await ada.browser.ask("GET", `${pathOf(added)}/versions`);
  expect(body.items).toMatchObject([{ version: 2, made_by: ada.browser.email }, { version: 1 }]);
  expect((await ada.browser.ask("GET", PROJECTS)).body.items).toMatchObject([{ name: "Store", version: 2 }]);
  expect((await ada.browser.ask("DELETE", pathOf(added))).status).toBe(204);
  expect((await ada.browser.ask("GET", pathOf(added))).body.code).toBe("project_not_found");
});

test("whoever changes a project that somebody else changed meanwhile is told", async () => {
  const ada = await owner(world);
  const path = pathOf(await add(ada));
  const both = await Promise.all([1, 2].map(() => ada.browser.ask("PUT", path, { ...content(), version: 1 })));
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(both.find(({ status }) => status === 409)?.body).toMatchObject({ code: "version_conflict", version: 2 });
});

test("the newest 50 versions of a project are kept, and those that revisions use", async () => {
  const ada = await owner(world);
  const added = await add(ada);
  const [project, tenant] = [String(added.body.project_id), ada.tenantId];
  const [cluster, deployment] = [randomUUID(), randomUUID()];
  await world.postgres.query(`
    update studio.projects set version = 60 where id = '${project}';
    update studio.project_versions set version = 60 where project_id = '${project}';
    insert into studio.project_versions (id, tenant_id, project_id, version, sealed, key_id, made_by)
      select gen_random_uuid(), '${tenant}', '${project}', version, '', '', '${ada.id}' from generate_series(1, 59) as version;
    insert into studio.clusters (id, tenant_id, name, context, server, namespace, insecure, sealed, key_id, status, checked_at)
      values ('${cluster}', '${tenant}', 'C', 'c', 'https://c', 'c', false, '', '', 'connected', now());
    insert into studio.deployments (id, tenant_id, cluster_id, project_id, project_name, namespace, revision)
      values ('${deployment}', '${tenant}', '${cluster}', '${project}', 'Shop', 'p', 1);
    insert into studio.revisions (id, tenant_id, deployment_id, revision, act, project_version, sealed, key_id, objects,
      force, with_volumes, made_by, state)
      values (gen_random_uuid(), '${tenant}', '${deployment}', 1, 'deploy', 3, '', '', '[]', false, false, '${ada.id}', 'applied')`);
  expect((await ada.browser.ask("PUT", pathOf(added), { ...content(), version: 60 })).status).toBe(200);
  const { items } = (await ada.browser.ask("GET", `${pathOf(added)}/versions`)).body as {
    items: { version: number }[];
  };
  const newest = Array.from({ length: 50 }, (_, index) => 61 - index);
  expect(items.map(({ version }) => version)).toEqual([...newest, 3]);
});

test("a secret of a project is in no answer, no row, no log line and no row of the audit trail", async () => {
  const ada = await owner(world);
  const files = [
    { name: "compose.yaml", text: compose },
    { name: "prod.env", text: `TOKEN=${SECRET}-file\n` },
  ];
  const added = await add(ada, { variables: [{ name: "DB_PASSWORD", value: SECRET }], files, env_files: ["prod.env"] });
  const broken = await add(ada, { name: "B", variables: [{ name: "DB_PASSWORD", value: SECRET }], profiles: [""] });
  const read = await ada.browser.ask("GET", pathOf(added));
  const rows = await world.postgres.query("select encode(sealed, 'escape') as text from studio.project_versions");
  const lines = await world.postgres.query("select line from studio.audit_rows");
  for (const one of [added, broken, read, rows, lines, world.log.lines])
    expect(JSON.stringify(one)).not.toContain(SECRET);
});

test.each([
  ["no file", { files: [] }, 400, "validation_failed"],
  ["a file outside of the project", { files: [{ name: "../compose.yaml", text: compose }] }, 400, "validation_failed"],
  ["a file without a text", { files: [{ name: "compose.yaml" }] }, 422, "project_unusable"],
  ["text that is no compose file", { files: [{ name: "compose.yaml", text: "[" }] }, 422, "project_unusable"],
  ["a compose file that is not there", { compose_files: ["other.yaml"] }, 422, "project_unusable"],
  ["a system namespace", { namespace: "kube-system" }, 400, "validation_failed"],
  ["a setting that no service has", { services: { web: { replica: 2 } } }, 400, "validation_failed"],
  ["files of 2 MB", { files: [{ name: "compose.yaml", text: "#".repeat(2e6) }] }, 413, "body_too_large"],
])("a project with %s is refused", async (_what, more, status, code) => {
  const ada = await owner(world);
  const answer = await add(ada, more);
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect((await ada.browser.ask("GET", PROJECTS)).body.items).toEqual([]);
});

test("the problems of a project name file, line and fix", async () => {
  const text = "services:\n  web: { image: nginx, ports: [x] }\n  db: { imag: postgres }\n";
  const { body } = await add(await owner(world), { files: [{ name: "compose.yaml", text }] });
  expect(body.errors).toEqual(
    expect.arrayContaining([
      { field: "files", message: expect.stringMatching(/^compose\.yaml:2:\d+ services\.web\.ports/) },
    ]),
  );
});

test("viewers see projects but neither their files nor change them; strangers see nothing", async () => {
  const ada = await owner(world);
  const added = await add(ada);
  const viewer = await member(world, ada, "viewer");
  const { body } = await viewer.browser.ask("GET", pathOf(added));
  expect(body.files).toEqual([{ name: "compose.yaml", text: null }]);
  const stranger = await owner(world);
  for (const [person, status] of [
    [viewer, 403],
    [stranger, 404],
  ] as const) {
    expect((await person.browser.ask("PUT", pathOf(added), { ...content(), version: 1 })).status).toBe(status);
    expect((await person.browser.ask("DELETE", pathOf(added))).status).toBe(status);
  }
  expect((await stranger.browser.ask("GET", pathOf(added))).status).toBe(404);
  expect((await ada.browser.ask("GET", pathOf(added))).body.version).toBe(1);
});

test("an API key works with projects as far as its scopes go", async () => {
  const ada = await owner(world);
  const keys = `/account/tenants/${ada.tenantId}/keys`;
  const keyOf = async (scope: string) =>
    String((await ada.browser.ask("POST", keys, { name: scope, scopes: [scope] })).body.key);
  const ask = (key: string, method: "GET" | "POST", body?: object) =>
    world.ask(method, PROJECTS, body, { authorization: `Bearer ${key}` });
  const [reader, writer] = [await keyOf("deployments.read"), await keyOf("deployments.write")];
  expect((await ask(writer, "POST", content())).status).toBe(201);
  expect((await ask(reader, "POST", content())).body.code).toBe("forbidden");
  expect((await ask(reader, "GET")).body.items).toMatchObject([{ name: "Shop" }]);
});

test("every project of the catalogue can be made as it is, or says which variable it needs", async () => {
  const ada = await owner(world);
  const { items } = (await ada.browser.ask("GET", "/api/kubernetes/project-catalogue")).body as {
    items: { name: string; compose: string }[];
  };
  expect(items.length).toBeGreaterThan(1);
  for (const { name, compose: text } of items) {
    const made = (variables: object[]) => add(ada, { name, files: [{ name: "compose.yaml", text }], variables });
    const [, needed] = /\$\{(\w+):\?/.exec(text) ?? [];
    if (needed !== undefined) expect(JSON.stringify((await made([])).body)).toContain(`variable ${needed} is not set`);
    expect((await made(needed === undefined ? [] : [{ name: needed, value: SECRET }])).status).toBe(201);
  }
});

test("a hostile project keeps nobody waiting: the server's thread goes on, and the project is given up", async () => {
  const ada = await owner(world);
  const include = (count: number) => `include: [${Array.from({ length: 2 }, () => `f${count}.yaml`).join(", ")}]\n`;
  const files = Array.from({ length: 40 }, (_, index) => ({
    name: `f${index}.yaml`,
    text: `${include(index + 1)}${compose}`,
  }));
  const all = [...files, { name: "f40.yaml", text: compose }];
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const answer = await add(ada, { files: all, compose_files: ["f0.yaml"] });
  delay.disable();
  expect(answer).toMatchObject({ status: 422, body: { code: "project_unusable" } });
  expect(String(answer.body.detail)).toMatch(/takes more than|includes/);
  // The thread would be kept for the whole 5 s; a busy machine takes some of its time for others.
  expect(delay.max / 1e6).toBeLessThan(2000);
});
