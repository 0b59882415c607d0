import { join } from "node:path";
import { buildBundle } from "@nexus/testkit/bundle";
import { type Answer, BackendWorld } from "./backend-world";
import { member, owner, type Person } from "./cluster-world";

const SETTINGS = "/api/settings";
const SECRET = "s3cr3t-of-a-setting";
let world: BackendWorld;
beforeAll(async () => {
  const bundle = await buildBundle("graphstudio-backend");
  world = await BackendWorld.start({}, undefined, join(bundle, "convert-worker.js"));
}, 120_000);
afterAll(() => world?.stop());

interface Shown {
  readonly name: string;
  readonly value: string | null;
}

const put = ({ browser }: Person, name: string, value: string, more: object = {}): Promise<Answer> =>
  browser.ask("PUT", `${SETTINGS}/${name}`, { value, ...more });
const list = async ({ browser }: Person, query = "") =>
  (await browser.ask("GET", `${SETTINGS}${query}`)).body as { settings: Shown[]; next: string | null };

test("E6 E7: settings are given values, listed with who gave them and without secrets, and deleted", async () => {
  const ada = await owner(world);
  expect((await put(ada, "MODE", "fast")).status).toBe(204);
  await put(ada, "DB_PASSWORD", SECRET);
  await put(ada, "PUBLIC_KEY", "ssh-ed25519 AAAA", { secret: false });
  await put(ada, "MODE", "slow");
  const about = { updated_at: expect.any(String), updated_by: ada.browser.email };
  expect(await list(ada)).toEqual({
    settings: [
      { ...about, name: "DB_PASSWORD", secret: true, value: null },
      { ...about, name: "MODE", secret: false, value: "slow" },
      { ...about, name: "PUBLIC_KEY", secret: false, value: "ssh-ed25519 AAAA" },
    ],
    next: null,
  });
  expect((await ada.browser.ask("DELETE", `${SETTINGS}/MODE`)).status).toBe(204);
  expect((await ada.browser.ask("DELETE", `${SETTINGS}/MODE`)).body.code).toBe("setting_not_found");
  expect((await list(ada)).settings.map(({ name }) => name)).toEqual(["DB_PASSWORD", "PUBLIC_KEY"]);
});

test("settings are read page by page, each once", async () => {
  const ada = await owner(world);
  const long = "a".repeat(100);
  for (const name of ["C", long, "B", "A"]) await put(ada, name, "x");
  const first = await list(ada, "?limit=3");
  expect(first.settings.map(({ name }) => name)).toEqual(["A", "B", "C"]);
  const second = await list(ada, `?limit=3&after=${first.next}`);
  expect([second.settings.map(({ name }) => name), second.next]).toEqual([[long], null]);
});

test("the secret of a setting is in no answer, row, log line or row of the audit trail, which names who changed what", async () => {
  const ada = await owner(world);
  const answer = await put(ada, "DB_PASSWORD", SECRET);
  await ada.browser.ask("DELETE", `${SETTINGS}/DB_PASSWORD`);
  await put(ada, "DB_PASSWORD", SECRET);
  const rows = await world.postgres.query("select *, encode(sealed, 'escape') as text from studio.settings");
  const lines = await world.postgres.query("select line from studio.audit_rows");
  for (const one of [answer, await list(ada), rows, lines, world.log.lines])
    expect(JSON.stringify(one)).not.toContain(SECRET);
  const trail = `/account/tenants/${ada.tenantId}/audit/rows?limit=2`;
  expect((await ada.browser.ask("GET", trail)).body.items).toMatchObject([
    { act: "setting.changed", actor: ada.id, target: { name: "DB_PASSWORD" } },
    { act: "setting.removed", actor: ada.id, target: { name: "DB_PASSWORD" } },
  ]);
});

test("owners and admins change settings, members and viewers see them, and keys do as far as their scopes go", async () => {
  const ada = await owner(world);
  expect((await put(await member(world, ada, "admin"), "MODE", "fast")).status).toBe(204);
  for (const role of ["member", "viewer"]) {
    const person = await member(world, ada, role);
    expect((await list(person)).settings).toMatchObject([{ name: "MODE", value: "fast" }]);
    expect((await put(person, "MODE", "slow")).body.code).toBe("forbidden");
    expect((await person.browser.ask("DELETE", `${SETTINGS}/MODE`)).body.code).toBe("forbidden");
  }
  const keyOf = async (scope: string) =>
    String(
      (await ada.browser.ask("POST", `/account/tenants/${ada.tenantId}/keys`, { name: scope, scopes: [scope] })).body
        .key,
    );
  const ask = (key: string, method: "GET" | "PUT") =>
    world.ask(method, method === "GET" ? SETTINGS : `${SETTINGS}/MODE`, method === "GET" ? undefined : { value: "x" }, {
      authorization: `Bearer ${key}`,
    });
  const [reader, writer] = [await keyOf("deployments.read"), await keyOf("settings.write")];
  expect((await ask(writer, "PUT")).status).toBe(204);
  expect((await ask(writer, "GET")).body.code).toBe("forbidden");
  expect((await ask(reader, "PUT")).body.code).toBe("forbidden");
  expect((await ask(reader, "GET")).body.settings).toMatchObject([{ value: "x", updated_by: "settings.write" }]);
});

test.each([
  ["a name with a dash", "A-B", "x"],
  ["a name that begins with a digit", "1A", "x"],
  ["a value of more than 8 KiB", "A", "x".repeat(8193)],
  ["a value with U+0000", "A", "\u0000"],
])("%s is refused", async (_what, name, value) => {
  expect((await put(await owner(world), name, value)).body.code).toBe("validation_failed");
});

test("a tenant has at most 500 settings, and those that it has are still changed", async () => {
  const ada = await owner(world);
  await put(ada, "FIRST", "x");
  await world.postgres.query(`insert into studio.settings (id, tenant_id, name, secret, sealed, key_id, made_by)
    select gen_random_uuid(), tenant_id, 'N' || n, secret, sealed, key_id, made_by
    from studio.settings, generate_series(1, 499) n where tenant_id = '${ada.tenantId}'`);
  expect((await put(ada, "ONE_MORE", "x")).body).toMatchObject({ code: "limit_reached", limit: 500, usage: 500 });
  expect((await put(ada, "FIRST", "y")).status).toBe(204);
  // A value that was moved to another row cannot be read there.
  expect((await list(ada)).settings).toContainEqual(expect.objectContaining({ name: "N1", value: null }));
});

test("E8 E9: a project that needs a variable gets it from the settings, and is refused without it", async () => {
  const ada = await owner(world);
  const compose = 'services: { web: { image: "nginx:1.29", environment: { URL: "http://${HOST:?}" } } }\n';
  const project = { name: "Shop", files: [{ name: "compose.yaml", text: compose }] };
  const add = () => ada.browser.ask("POST", "/api/kubernetes/projects", project);
  expect(JSON.stringify((await add()).body)).toContain("variable HOST is not set");
  await put(ada, "HOST", "shop.example.com");
  expect((await add()).status).toBe(201);
});
