import { UNLIMITED } from "@nexus/contract";
import { waitFor } from "@nexus/testkit/server-process";
import { startWorld, type World } from "./harness";
import { tenantWith } from "./plan-tenant";
import { createSocketClients } from "./socket-client";

const PLANS = JSON.stringify({
  default: "free",
  definitions: {
    free: { ...UNLIMITED, activeWorkspaces: 2 },
    quiet: { ...UNLIMITED, streamMbPerDay: 2 },
    team: { ...UNLIMITED, activeWorkspaces: 4, streamMbPerDay: 100 },
  },
});
const FULL =
  "A tenant may have 2 active workspaces at once and has 2; stop one, wait until an idle one is unloaded, or change to a larger plan";

let world: World;
const sockets = createSocketClients();
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterEach(async () => {
  sockets.closeAll();
  await world.endAll();
});
afterAll(() => world?.stop());

const refusal = { status: 409, body: { code: "limit_reached", limit: 2, usage: 2, plan: "free", detail: FULL } };

test("A56b: active workspaces are limited over all pods, however a workspace would become active", async () => {
  const [a, b] = [await world.start({ PLANS }), await world.start({ PLANS })];
  const [tenant, other] = [tenantWith("free"), tenantWith("free")];
  const first = (await tenant.make(a)).body.id;
  const second = (await tenant.make(b)).body.id;
  expect(await tenant.make(a)).toMatchObject(refusal);
  // A clone belongs to no pod until it is used.
  const clone = (await tenant.ask(a, "POST", `/workspaces/${String(first)}/clone`, { name: "c" })).body.id;
  expect(await tenant.run(a, clone, "1 + 1")).toMatchObject(refusal);
  expect(await tenant.ask(b, "POST", `/workspaces/${String(clone)}/resume`)).toMatchObject(refusal);
  const socket = await sockets.connect(a, tenant.token);
  socket.send({ type: "subscribe", workspaceId: String(clone) });
  expect(await socket.next("error", { workspaceId: clone })).toMatchObject({ code: "limit_reached", detail: FULL });
  // What is active goes on, also through the other pod; other tenants do not count.
  expect((await tenant.run(b, first, "1 + 1")).body).toMatchObject({ result: 2 });
  expect((await other.make(a)).status).toBe(201);
  expect(await tenant.usage(a)).toMatchObject({ activeWorkspaces: 2, limits: { activeWorkspaces: 2 } });
  // What the refusal names as a way out works: stop one, or a larger plan.
  expect((await tenant.ask(a, "POST", `/workspaces/${String(second)}/stop`)).status).toBe(200);
  expect((await tenant.run(a, clone, "1 + 1")).body).toMatchObject({ result: 2 });
  expect((await tenant.as("team").ask(a, "POST", `/workspaces/${String(second)}/resume`)).status).toBe(200);
  // A smaller plan keeps what is active, and lets nothing more become so.
  for (const id of [first, second, clone]) expect((await tenant.run(b, id, "1 + 1")).status).toBe(200);
  expect(await tenant.make(a)).toMatchObject({ status: 409, body: { limit: 2, usage: 3 } });
});

test("A56b: a refusal of an active workspace waits for no place and gives no idle one away", async () => {
  const kernel = await world.start({ PLANS, MAX_WORKSPACES_PER_POD: "2" });
  const tenant = tenantWith("free");
  const [first, second] = [(await tenant.make(kernel)).body.id, (await tenant.make(kernel)).body.id];
  expect(await tenant.make(kernel)).toMatchObject(refusal);
  const clone = (await tenant.ask(kernel, "POST", `/workspaces/${String(first)}/clone`, { name: "c" })).body.id;
  expect(await tenant.run(kernel, clone, "1")).toMatchObject(refusal);
  expect([first, second].map((id) => kernel.holder.has(String(id)))).toEqual([true, true]);
});

test("A56b: what executions send is refused before code runs, with limit, usage and what to do", async () => {
  const kernel = await world.start({ PLANS });
  const tenant = tenantWith("quiet");
  const { id } = (await tenant.make(kernel)).body;
  const said = await tenant.run(kernel, id, "for (let i = 0; i < 15; i += 1) emit('e', 'x'.repeat(63_000)); 1");
  expect(said.body).toMatchObject({ result: 1 });
  await waitFor("the execution is settled", async () => {
    const { history } = (await tenant.usage(kernel)) as { history: { streamBytes: number }[] };
    expect(history).toMatchObject([{ reservedStreamBytes: 0, executions: 1 }]);
    expect(history[0]?.streamBytes).toBeGreaterThan(15 * 63_000);
    expect(history[0]?.streamBytes).toBeLessThan(15 * 63_200);
  });
  const refused = await tenant.run(kernel, id, "1");
  expect(refused).toMatchObject({
    status: 429,
    body: { code: "rate_limited", limit: 2 * 1024 * 1024, reserved: 0, plan: "quiet" },
  });
  expect(refused.body.detail).toMatch(/ 0\.9 MiB are used .* wait until \S+, or change to a larger plan$/);
  expect((await tenant.as("team").run(kernel, id, "1 + 1")).body).toMatchObject({ result: 2 });
});
