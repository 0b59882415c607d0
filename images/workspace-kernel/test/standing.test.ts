import { waitFor } from "@nexus/testkit/server-process";
import { createDatabase } from "@nexus/service";
import { BackendWorld, Browser, PASSWORD } from "../../graphstudio-backend/test/backend-world";
import { grantPlatformAdmin } from "../../graphstudio-backend/src/store/platform-admins";
import type { StudioTables } from "../../graphstudio-backend/src/store/tables";
import { HeldHost, KEY, startWorld, type TestKernel, type World } from "./harness";
import { SocketClient } from "./socket-client";

let backend: BackendWorld;
let world: World;
let pods: TestKernel[];
let admin: Browser;
let settings: Record<string, string>;
const host = new HeldHost();

beforeAll(async () => {
  [backend, world] = await Promise.all([BackendWorld.start({ JWT_SECRET: KEY }), startWorld()]);
  settings = { API_KEYS_URL: await backend.backend.app.listen({ host: "127.0.0.1", port: 0 }), TIMEOUT_MS: "30000" };
  pods = [await world.start(settings, host.options), await world.start(settings)];
  admin = (await owner("Operators")).browser;
  const { id } = (await admin.ask("GET", "/account/me")).body;
  const db = createDatabase<StudioTables>(backend.backend.database);
  await grantPlatformAdmin(db, admin.email, String(id));
}, 60_000);
afterAll(async () => {
  host.release();
  await world?.stop();
  await backend?.stop();
});

const [first, second] = [() => pods[0] as TestKernel, () => pods[1] as TestKernel];

async function owner(name = "Ada & Co") {
  const browser = new Browser(backend);
  const { user } = (await browser.signUp({ tenantName: name })).body as { user: { id: string; tenantId: string } };
  const call = async (
    kernel: TestKernel,
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    payload?: object,
  ) => {
    const headers = { authorization: `Bearer ${browser.accessToken}` };
    const answer = await kernel.app.inject({ method, url: `/api/v1${path}`, headers, ...(payload && { payload }) });
    return { status: answer.statusCode, text: answer.body, body: toBody(answer.body) };
  };
  const create = async (kernel: TestKernel) =>
    String((await call(kernel, "POST", "/workspaces", { name: "demo" })).body.id);
  return { browser, name, tenantId: user.tenantId, userId: user.id, call, create };
}
type Owner = Awaited<ReturnType<typeof owner>>;

const toBody = (text: string): Record<string, unknown> =>
  text.startsWith("{") && !text.includes("}\n") ? (JSON.parse(text) as Record<string, unknown>) : {};
const suspend = (tenantId: string) =>
  admin.ask("PUT", `/account/platform/tenants/${tenantId}/suspension`, { reason: "Unpaid since May" });
const resume = (tenantId: string) => admin.ask("DELETE", `/account/platform/tenants/${tenantId}/suspension`);
const remove = ({ browser, tenantId, name }: Owner) =>
  browser.ask("DELETE", `/account/tenants/${tenantId}`, { name, password: PASSWORD });
const rowsOf = async (tenantId: string) =>
  (await world.postgres.query(`select 1 from kernel.workspaces where tenant_id = '${tenantId}'`)).length;

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

/** Until the tenant is refused by every pod. */
const refused = (ada: Owner, code: string) =>
  waitFor("every pod refuses the tenant", async () => {
    for (const pod of pods) {
      const { body } = await ada.call(pod, "GET", "/workspaces");
      if (body.code !== code) throw new Error(JSON.stringify(body));
    }
  });

test("a suspended tenant's running code and sockets end in every pod, 200 requests at once are refused, nothing is lost", async () => {
  const ada = await owner();
  await ada.call(first(), "PUT", "/tenant-settings", { httpAllow: ["held.test"] });
  const [waiting, spinning] = [await ada.create(first()), await ada.create(second())];
  await ada.call(first(), "POST", `/workspaces/${waiting}/execute`, { code: "state.set('n', 41); globalThis.n = 1" });
  const runs = [
    ada.call(first(), "POST", `/workspaces/${waiting}/execute`, { code: host.call }),
    ada.call(second(), "POST", `/workspaces/${spinning}/execute`, { code: "for (;;) {}" }),
  ];
  const socket = await SocketClient.connect(second().url, ada.browser.accessToken);
  await host.called;
  const took = await seconds(async () => {
    expect((await suspend(ada.tenantId)).status).toBe(204);
    for (const { status, body } of await Promise.all(runs))
      expect({ status, code: body.code }).toEqual({ status: 403, code: "tenant_suspended" });
    expect(await socket.closed).toBe(4403);
    await refused(ada, "tenant_suspended");
  });
  expect(took).toBeLessThan(5);
  const many = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      ada.call(pods[index % 2] as TestKernel, "POST", `/workspaces/${waiting}/execute`, { code: "1" }),
    ),
  );
  for (const { body } of many) expect(body).toMatchObject({ code: "tenant_suspended", reason: "Unpaid since May" });
  await expect(SocketClient.connect(first().url, ada.browser.accessToken)).rejects.toThrow("403");
  const unloaded = async () => {
    for (const pod of pods) expect(pod.holder.has(waiting) || pod.holder.has(spinning)).toBe(false);
  };
  await waitFor("nothing of the tenant is in a pod", unloaded, 5000);

  expect((await resume(ada.tenantId)).status).toBe(204);
  await waitFor("the tenant works again", async () => {
    const { body } = await ada.call(second(), "POST", `/workspaces/${waiting}/execute`, {
      code: "[state.get('n'), globalThis.n]",
    });
    expect(body.result).toEqual([41, 1]);
  });
}, 60_000);

test("a suspended person's tokens are refused, and their tenant works on for the others", async () => {
  const [ada, eve] = [await owner(), await owner()];
  const path = `/account/platform/persons/${eve.userId}/suspension`;
  await admin.ask("PUT", path, { reason: "Sends spam" });
  await refused(eve, "account_suspended");
  expect((await ada.call(first(), "GET", "/workspaces")).status).toBe(200);
});

test("a deleted tenant's code ends within 2 s, its tokens and keys are refused, and its workspaces are gone", async () => {
  const ada = await owner();
  const path = `/account/tenants/${ada.tenantId}/keys`;
  const scopes = ["workspaces.read", "workspaces.write"];
  const { key } = (await ada.browser.ask("POST", path, { name: "CI", scopes })).body;
  const headers = { authorization: `Bearer ${String(key)}` };
  const withKey = () => first().app.inject({ url: "/api/v1/workspaces", headers });
  expect((await withKey()).statusCode).toBe(200);
  const ids = [await ada.create(first()), await ada.create(second())];
  const run = ada.call(first(), "POST", `/workspaces/${String(ids[0])}/execute`, { code: "for (;;) {}" });
  await waitFor("the code runs", async () => expect(first().holder.mustWait(String(ids[0]), ada.tenantId)).toBe(true));
  const took = await seconds(async () => {
    expect((await remove(ada)).status).toBe(204);
    expect([401, 404]).toContain((await run).status);
    await refused(ada, "unauthorized");
  });
  // The machine of the tests may be busy; the steps themselves are bounded by half a second.
  expect(took).toBeLessThan(2);
  await waitFor("a revoked key is refused", async () => expect((await withKey()).statusCode).toBe(401));
  await waitFor("nothing is left", async () => expect(await rowsOf(ada.tenantId)).toBe(0));
  await waitFor("the trail says so", async () => {
    const { rows } = await backend.backend.database.query<{ line: string }>(
      "select line from studio.audit_rows where chain = $1 order by seq desc limit 1",
      [ada.tenantId],
    );
    expect(rows[0]?.line).toContain('"act":"tenant.erased"');
  });
}, 60_000);

test("the kernel is away during a deletion: no pod that starts later lets anybody in, and it deletes the rest", async () => {
  const ada = await owner();
  await ada.create(first());
  await Promise.all(pods.map((pod) => world.end(pod)));
  expect((await remove(ada)).status).toBe(204);
  expect(await rowsOf(ada.tenantId)).toBe(1);
  const pod = await world.start(settings);
  pods = [pod, await world.start(settings)];
  expect((await ada.call(pod, "GET", "/workspaces")).body.code).toBe("unauthorized");
  await waitFor("nothing is left", async () => expect(await rowsOf(ada.tenantId)).toBe(0));
}, 60_000);

test("a pod that fails half-way deletes the rest later, and the deletion counts as done only then", async () => {
  const ada = await owner();
  for (let index = 0; index < 3; index += 1) await ada.create(first());
  const erasedAt = async () => {
    const sql = "select erased_at from studio.deleted where id = $1";
    return (await backend.backend.database.query<{ erased_at: Date | null }>(sql, [ada.tenantId])).rows[0]?.erased_at;
  };
  const erase = pods.map((pod) => jest.spyOn(pod.stores, "erase").mockRejectedValue(new Error("killed")));
  expect((await remove(ada)).status).toBe(204);
  await refused(ada, "unauthorized");
  expect(await erasedAt()).toBeNull();
  erase.forEach((spy) => spy.mockRestore());
  await first().stopped.erase();
  expect(await rowsOf(ada.tenantId)).toBe(0);
  expect(await erasedAt()).toBeInstanceOf(Date);
}, 60_000);

test("a pod that starts while the backend is away lets nobody in before it knows who is suspended", async () => {
  const ada = await owner();
  const pod = await world.start({ ...settings, API_KEYS_URL: "http://127.0.0.1:9" });
  const { status, body } = await ada.call(pod, "GET", "/workspaces");
  expect({ status, code: body.code }).toEqual({ status: 503, code: "standing_unavailable" });
  await world.end(pod);
});

test("an export streams what the kernel has of a tenant, for its owners alone", async () => {
  const ada = await owner();
  const id = await ada.create(first());
  await ada.call(first(), "PUT", `/workspaces/${id}/handlers/hello`, { code: "return 1" });
  await ada.call(first(), "POST", `/workspaces/${id}/document/cells`, { title: "Sum", code: "1 + 1" });
  const code = "state.set('k', { a: 1 }); view.set('panel', 'text'); view.set('panel', 'other')";
  await ada.call(first(), "POST", `/workspaces/${id}/execute`, { code });
  const { status, text } = await ada.call(second(), "GET", "/export");
  expect(status).toBe(200);
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.filter(({ kind }) => kind !== "usage")).toMatchObject([
    { kind: "tenant-settings", httpAllow: [] },
    { kind: "workspace", id, name: "demo" },
    { kind: "state", workspaceId: id, name: "k", value: { a: 1 } },
    { kind: "panel", workspaceId: id, name: "panel", value: "other" },
    { kind: "handler", workspaceId: id, name: "hello", code: "return 1" },
    { kind: "cell", workspaceId: id, cellKind: "code", title: "Sum", code: "1 + 1" },
    { kind: "stream-entry", workspaceId: id, op: "set", name: "panel", value: "text" },
    { kind: "stream-entry", workspaceId: id, op: "set", name: "panel", value: "other" },
    { kind: "end", part: "workspaces" },
  ]);
});

test("a changed role counts at once for tokens and sockets of before; who is removed is refused, and has the role of the new invitation afterwards", async () => {
  const [ada, bob] = [await owner(), await owner()];
  const members = `/account/tenants/${ada.tenantId}/members/${bob.userId}`;
  const join = async (role: string) => {
    const { body } = await ada.browser.ask("POST", `/account/tenants/${ada.tenantId}/invitations`, { role });
    expect((await bob.browser.ask("POST", "/account/invitations/accept", { token: body.token })).status).toBe(200);
    await bob.browser.renew(ada.tenantId);
  };
  /** The status of a change that members and no viewers may make, in every pod. */
  const everywhere = (status: number) =>
    waitFor(`every pod answers ${status}`, async () => {
      for (const pod of pods)
        expect((await bob.call(pod, "POST", "/workspaces", { name: "demo" })).status).toBe(status);
    });
  const id = await ada.create(first());
  await ada.call(first(), "PUT", `/workspaces/${id}/handlers/hello`, { code: "return 1" });
  await join("viewer");
  await everywhere(403);
  const socket = await SocketClient.connect(second().url, bob.browser.accessToken);
  const invoke = (number: string) => socket.send({ type: "invoke", id: number, workspaceId: id, handler: "hello" });
  invoke("1");
  expect(await socket.next("error", { id: "1" })).toMatchObject({ code: "forbidden" });

  expect((await ada.browser.ask("PUT", members, { role: "member" })).status).toBe(204);
  await everywhere(201);
  invoke("2");
  expect(await socket.next("result", { id: "2" })).toMatchObject({ result: 1 });
  expect((await ada.browser.ask("PUT", members, { role: "viewer" })).status).toBe(204);
  await everywhere(403);
  invoke("3");
  expect(await socket.next("error", { id: "3" })).toMatchObject({ code: "forbidden" });

  await ada.browser.ask("PUT", members, { role: "member" });
  await everywhere(201);
  const member = bob.browser.accessToken;
  expect((await ada.browser.ask("DELETE", members)).status).toBe(204);
  await everywhere(401);
  expect(await socket.closed).toBe(4403);
  await join("viewer");
  bob.browser.accessToken = member;
  await everywhere(403);
}, 60_000);
