import { UNLIMITED } from "@nexus/contract";
import { waitFor } from "@nexus/testkit/server-process";
import { startWorld, type TestKernel, type World } from "./harness";
import { tenantWith } from "./plan-tenant";

const PLANS = JSON.stringify({
  default: "free",
  definitions: {
    free: { ...UNLIMITED, workspaces: 2, executionSecondsPerDay: 3, storageMb: 1 },
    team: { ...UNLIMITED, workspaces: 20, executionSecondsPerDay: 60, storageMb: 100 },
    unlimited: UNLIMITED,
  },
});

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterEach(async () => {
  await world.endAll();
  await world.postgres.query("truncate kernel.execution_days");
});
afterAll(() => world?.stop());

const threePods = (settings: Record<string, string> = {}) =>
  Promise.all([0, 1, 2].map(() => world.start({ PLANS, ...settings })));

test("A56b: of 200 requests at once over three pods as many make a workspace as the plan allows", async () => {
  const pods = await threePods();
  const tenant = tenantWith("team");
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) => tenant.make(pods[index % 3] as TestKernel)),
  );
  const made = answers.filter(({ status }) => status === 201);
  expect(made).toHaveLength(20);
  const refused = answers.filter(({ status }) => status !== 201);
  for (const { status, body } of refused)
    expect({ status, code: body.code }).toEqual({ status: 409, code: "limit_reached" });
  expect(refused[0]?.body).toMatchObject({
    limit: 20,
    usage: 20,
    detail: "A tenant may have 20 workspaces and has 20; delete some, or change to a larger plan",
  });
}, 60_000);

test("A56b: a token without a plan, or with one that is not known any more, has the default plan", async () => {
  const kernel = await world.start({ PLANS });
  for (const plan of [undefined, "gone", "constructor"]) {
    const tenant = tenantWith(plan);
    expect(await tenant.usage(kernel)).toMatchObject({ plan: "free", limits: { workspaces: 2, storageMb: 1 } });
  }
});

test("A56b: without plans the settings hold, and nothing limits the running time", async () => {
  const kernel = await world.start({ MAX_WORKSPACES_PER_TENANT: "1" });
  const tenant = tenantWith("free");
  const { body } = await tenant.make(kernel);
  expect((await tenant.make(kernel)).body).toMatchObject({
    limit: 1,
    detail: "A tenant may have 1 workspaces and has 1; delete some, or ask whoever runs the platform for more",
  });
  expect((await tenant.run(kernel, body.id, "1 + 1")).body).toMatchObject({ result: 2 });
  await waitFor("the execution is counted", async () => {
    expect(await tenant.usage(kernel)).toMatchObject({
      plan: "unlimited",
      limits: { workspaces: 1, storageMb: 1024, executionSecondsPerDay: null },
      workspaces: 1,
      history: [{ executions: 1, reservedSeconds: 0 }],
    });
  });
});

test("A56b: running time is refused before code runs, with limit, usage and what to do", async () => {
  const kernel = await world.start({ PLANS });
  const tenant = tenantWith("free");
  const { body } = await tenant.make(kernel);
  // Two executions are stopped at their limit of a second each, and count as that.
  const endless = () => tenant.run(kernel, body.id, "for (;;);");
  expect((await endless()).body).toMatchObject({ error: { code: "timeout" } });
  expect((await endless()).body).toMatchObject({ error: { code: "timeout" } });
  await waitFor("both are settled", async () => {
    expect(await tenant.usage(kernel)).toMatchObject({ history: [{ executionSeconds: 2, reservedSeconds: 0 }] });
  });
  await endless();
  await waitFor("the third is settled", async () => {
    expect(await tenant.usage(kernel)).toMatchObject({ history: [{ executionSeconds: 3, reservedSeconds: 0 }] });
  });
  const refused = await tenant.run(kernel, body.id, "1");
  expect(refused).toMatchObject({
    status: 429,
    body: { code: "rate_limited", limit: 3, usage: 3, reserved: 0, plan: "free" },
  });
  expect(Number(refused.headers["retry-after"])).toBe(
    Math.ceil((Date.parse(String(refused.body.resetsAt)) - Date.now()) / 1000),
  );
  expect(refused.body.detail).toMatch(
    /^A tenant with the plan free may run code for 3 s a day; 3 s are used and 0 s reserved, and one execution may take 1 s; wait until \S+, or change to a larger plan$/,
  );
  // A larger plan counts with the next token; what was used stays counted.
  expect((await tenant.as("team").run(kernel, body.id, "1 + 1")).body).toMatchObject({ result: 2 });
  // And back: nothing is lost, nothing more runs.
  expect((await tenant.run(kernel, body.id, "1")).status).toBe(429);
  expect((await tenant.ask(kernel, "GET", `/workspaces/${String(body.id)}`)).status).toBe(200);
}, 60_000);

test("A56b: a plan that is smaller than what a tenant has keeps its workspaces and refuses new ones", async () => {
  const kernel = await world.start({ PLANS });
  const tenant = tenantWith("team");
  const made = await Promise.all([1, 2, 3].map(() => tenant.make(kernel)));
  const smaller = tenant.as("free");
  expect(await smaller.make(kernel)).toMatchObject({ status: 409, body: { limit: 2, usage: 3 } });
  for (const { body } of made) expect((await smaller.run(kernel, body.id, "1 + 1")).body).toMatchObject({ result: 2 });
  const clone = await smaller.ask(kernel, "POST", `/workspaces/${String(made[0]?.body.id)}/clone`, { name: "c" });
  expect(clone).toMatchObject({ status: 409, body: { code: "limit_reached", limit: 2, usage: 3 } });
});

test("A56b: what a plan refuses, and what has its answer already, waits for no place and no turn", async () => {
  // One execution may take longer than the smaller plan allows in a day.
  const kernel = await world.start({ PLANS, TIMEOUT_MS: "5000", MAX_WORKSPACES_PER_POD: "2" });
  const tenant = tenantWith("team");
  const smaller = tenant.as("free");
  const made = await Promise.all([1, 2].map(() => tenant.make(kernel)));
  const ids = made.map(({ body }) => body.id);
  expect((await tenant.run(kernel, ids[0], "1 + 1", "key")).body).toMatchObject({ result: 2 });
  let ended = 0;
  const loops = ids.map((id) => tenant.run(kernel, id, "for (;;);").finally(() => (ended += 1)));
  await waitFor("both loops are admitted", async () => {
    expect(await tenant.usage(kernel)).toMatchObject({ history: [{ reservedSeconds: 10 }] });
  });
  expect(await smaller.run(kernel, ids[0], "1")).toMatchObject({
    status: 429,
    body: { code: "rate_limited", limit: 3 },
  });
  expect(await smaller.make(kernel)).toMatchObject({
    status: 409,
    body: { code: "limit_reached", limit: 2, usage: 2 },
  });
  expect(await smaller.run(kernel, ids[0], "1 + 1", "key")).toMatchObject({
    status: 200,
    headers: { "idempotency-replayed": "true" },
    body: { result: 2 },
  });
  expect(await tenant.usage(kernel)).toMatchObject({ history: [{ reservedSeconds: 10, executions: 1 }] });
  expect(ended).toBe(0);
  for (const { body } of await Promise.all(loops)) expect(body).toMatchObject({ error: { code: "timeout" } });
}, 60_000);

test("A56b: storage is limited by the plan", async () => {
  const kernel = await world.start({ PLANS, TIMEOUT_MS: "10000" });
  const tenant = tenantWith("team");
  const { body } = await tenant.make(kernel);
  const filled = await tenant.run(kernel, body.id, "let kept = Array.from({ length: 200000 }, () => Math.random()); 1");
  expect(filled.body).toMatchObject({ result: 1 });
  const smaller = tenant.as("free");
  const refused = await smaller.ask(kernel, "POST", `/workspaces/${String(body.id)}/snapshots`, { name: "s" });
  expect(refused).toMatchObject({ status: 409, body: { code: "limit_reached", limit: 1024 * 1024 } });
  expect(refused.body.detail).toMatch(/; delete snapshots or workspaces, or change to a larger plan$/);
  const larger = await tenant.ask(kernel, "POST", `/workspaces/${String(body.id)}/snapshots`, { name: "s" });
  expect(larger.status).toBe(201);
});
