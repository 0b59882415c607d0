import { randomBytes, randomUUID } from "node:crypto";
import { UNLIMITED, verifyTrail } from "@nexus/contract";
import { Webhook } from "standardwebhooks";
import { type Answer, BackendWorld, Browser, newEmail, PASSWORD } from "./backend-world";

const SECRET = `whsec_${randomBytes(32).toString("base64")}`;
const PLANS = JSON.stringify({
  default: "free",
  definitions: {
    free: { ...UNLIMITED, members: 2, apiKeys: 2, selfService: true },
    team: { ...UNLIMITED, members: 4, apiKeys: 3, selfService: true },
    gold: UNLIMITED,
  },
});
const HOUR = 3_600_000;

let world: BackendWorld;
let owner: Browser;
let tenantId: string;

beforeAll(async () => {
  world = await BackendWorld.start({ PLANS, BILLING_SECRET: SECRET });
}, 30_000);
beforeEach(async () => {
  owner = new Browser(world);
  tenantId = ((await owner.signUp()).body.user as { tenantId: string }).tenantId;
});
afterAll(() => world?.stop());

const path = () => `/account/tenants/${tenantId}/subscription`;
const planIn = (token: string) =>
  (JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { plan?: string }).plan;
const after = (ms: number) => new Date(Date.now() + ms).toISOString();

interface Sent {
  readonly id?: string;
  readonly sentAt?: Date;
  readonly secret?: string;
  readonly body?: string;
}

/** Sends an event as a billing system does. */
async function bill(timestamp: string, data: object, { id = randomUUID(), sentAt = new Date(), ...sent }: Sent = {}) {
  const event = { type: "subscription.changed", timestamp, data: { tenantId, ...data } };
  const text = JSON.stringify(event);
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(sentAt.getTime() / 1000)),
    "webhook-signature": new Webhook(sent.secret ?? SECRET).sign(id, sentAt, text),
  };
  return await world.ask("POST", "/account/billing/events", JSON.parse(sent.body ?? text) as object, headers);
}

const limitOf = ({ body }: Answer) => ({ code: body.code, limit: body.limit, usage: body.usage });

async function invitation(): Promise<Answer> {
  return await owner.ask("POST", `/account/tenants/${tenantId}/invitations`, { role: "member" });
}

async function join(token: unknown): Promise<Answer> {
  return await new Browser(world).signUp({ invitation: token });
}

test("A56b: a new tenant has the default plan, and its members see the limits and what is used", async () => {
  const { status, body } = await owner.ask("GET", path());
  expect(status).toBe(200);
  expect(body).toMatchObject({ plan: "free", state: "active", members: 1, inForce: { name: "free", members: 2 } });
  expect(body.limits).toEqual({ members: 2, apiKeys: 2, clusters: 20 });
  expect(body.choices).toMatchObject([{ name: "free" }, { name: "team" }]);
  expect(planIn(owner.accessToken)).toBeUndefined();
  expect((await new Browser(world).signUp()).status).toBe(201);
});

test("A56b: an owner changes to a plan that owners may choose, and the next token carries it", async () => {
  expect(await owner.ask("PUT", path(), { plan: "team" })).toMatchObject({
    status: 200,
    body: { plan: "team", state: "active", inForce: { name: "team", members: 4 } },
  });
  await owner.renew();
  expect(planIn(owner.accessToken)).toBe("team");
  const refused = await owner.ask("PUT", path(), { plan: "gold" });
  expect(refused).toMatchObject({ status: 403, body: { code: "plan_not_offered" } });
  expect(refused.body.detail).toBe("Owners cannot change to the plan gold; choose one of free, team");
  expect(await owner.ask("PUT", path(), { plan: "constructor" })).toMatchObject({ status: 403 });
});

test("A56b: who is no owner does not change the plan, and a stranger does not learn that the tenant exists", async () => {
  const [member, stranger] = [new Browser(world), new Browser(world)];
  await member.signUp({ invitation: (await invitation()).body.token });
  await stranger.signUp();
  expect(await member.ask("GET", path())).toMatchObject({ status: 200 });
  expect(await member.ask("PUT", path(), { plan: "team" })).toMatchObject({ status: 403, body: { code: "forbidden" } });
  expect(await stranger.ask("GET", path())).toMatchObject({ status: 404 });
  expect(await stranger.ask("PUT", path(), { plan: "team" })).toMatchObject({ status: 404 });
});

test("A56b: of many who join at once as many become members as the plan allows; a larger plan lets more in", async () => {
  const tokens = await Promise.all(Array.from({ length: 12 }, async () => (await invitation()).body.token));
  const answers = await Promise.all(tokens.map(join));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  const refused = answers.filter(({ status }) => status !== 201);
  expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([409]));
  expect(refused.map(limitOf)[0]).toEqual({ code: "limit_reached", limit: 2, usage: 2 });
  expect(refused[0]?.body.detail).toBe(
    "A tenant with the plan free may have 2 members and has 2; remove some, or change to a larger plan",
  );
  expect(limitOf(await invitation())).toEqual({ code: "limit_reached", limit: 2, usage: 2 });
  await owner.ask("PUT", path(), { plan: "team" });
  const more = await Promise.all(tokens.map(join));
  expect(more.filter(({ status }) => status === 201)).toHaveLength(2);
  expect((await owner.ask("GET", path())).body.members).toBe(4);
}, 60_000);

test("A56b: a smaller plan keeps the members that are there and lets nobody else in", async () => {
  await owner.ask("PUT", path(), { plan: "team" });
  const tokens = [await invitation(), await invitation(), await invitation()].map(({ body }) => body.token);
  await join(tokens[0]);
  await join(tokens[1]);
  expect((await owner.ask("PUT", path(), { plan: "free" })).body).toMatchObject({
    members: 3,
    inForce: { members: 2 },
  });
  expect(limitOf(await join(tokens[2]))).toEqual({ code: "limit_reached", limit: 2, usage: 3 });
  expect((await owner.ask("GET", path())).body.members).toBe(3);
});

async function makeKey(): Promise<Answer> {
  const about = { name: "CI", scopes: ["plan.read"] };
  return await owner.ask("POST", `/account/tenants/${tenantId}/keys`, about);
}

test("A56b: of many API keys at once as many are made as the plan allows; a smaller plan keeps them", async () => {
  await owner.ask("PUT", path(), { plan: "team" });
  const answers = await Promise.all(Array.from({ length: 8 }, makeKey));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
  const refused = answers.find(({ status }) => status !== 201);
  expect(refused?.body).toMatchObject({ code: "limit_reached", limit: 3, usage: 3, plan: "team" });
  expect(refused?.body.detail).toBe(
    "A tenant with the plan team may have 3 API keys and has 3; remove some, or change to a larger plan",
  );
  const { body } = await owner.ask("PUT", path(), { plan: "free" });
  expect(body).toMatchObject({ apiKeys: 3, inForce: { apiKeys: 2 } });
  expect(limitOf(await makeKey())).toEqual({ code: "limit_reached", limit: 2, usage: 3 });
  await world.postgres.query(`update studio.api_keys set expires_at = now() where tenant_id = '${tenantId}'`);
  expect((await makeKey()).status).toBe(201);
  expect((await owner.ask("GET", path())).body.apiKeys).toBe(1);
});

test("A56b: whoever checks an API key learns the plan that its tenant has now", async () => {
  const { key } = (await makeKey()).body;
  const planOfKey = async () => (await world.ask("POST", "/auth/keys/check", { key })).body.plan;
  expect(await planOfKey()).toBeUndefined();
  await bill(after(-HOUR), { plan: "gold", state: "trial", periodEnd: after(HOUR) });
  expect(await planOfKey()).toBe("gold");
  await bill(after(-HOUR / 2), { plan: "gold", state: "trial", periodEnd: after(-1000) });
  expect(await planOfKey()).toBeUndefined();
});

test("A56b: who changed the plan, and which event did, is in the audit trail, and so is what was denied; an event that changed nothing is not", async () => {
  const eventId = randomUUID();
  const periodEnd = after(HOUR);
  await owner.ask("PUT", path(), { plan: "team" });
  await bill(after(1000), { plan: "gold", state: "past_due", periodEnd }, { id: eventId });
  await bill(after(1000), { plan: "gold", state: "past_due", periodEnd }, { id: eventId });
  await bill(after(-HOUR), { plan: "free", state: "active" });
  await owner.ask("PUT", path(), { plan: "gold" });
  const { body } = await owner.ask("GET", `/account/tenants/${tenantId}/audit`);
  const lines = body.lines as string[];
  const rows = lines.slice(1, -1).map((line) => JSON.parse(line) as Record<string, unknown>);
  const { id } = (await owner.ask("GET", "/account/me")).body;
  expect(rows).toMatchObject([
    { act: "plan.changed", outcome: "done", actor: id, address: "127.0.0.1", target: { plan: "team" } },
    {
      act: "subscription.booked",
      outcome: "done",
      actor: null,
      address: "127.0.0.1",
      target: { eventId, plan: "gold", state: "past_due", periodEnd },
    },
    { act: "PUT /account/tenants/:tenantId/subscription", outcome: "denied", actor: id },
  ]);
  expect(rows).toHaveLength(3);
  expect(await verifyTrail(lines)).toMatchObject({ rows: 4, problem: undefined });
});

describe("A56b: events of a billing system", () => {
  test("change the plan, also to one that owners may not choose", async () => {
    const [periodStart, periodEnd] = [after(-HOUR), after(HOUR)];
    const made = await bill(after(-1000), { plan: "gold", state: "past_due", periodStart, periodEnd });
    expect(made).toMatchObject({ status: 200, body: { applied: true } });
    const { body } = await owner.ask("GET", path());
    expect(body).toMatchObject({ plan: "gold", state: "past_due", periodStart, periodEnd, inForce: { name: "gold" } });
  });

  test("count once, however often they are sent, by one pod or several", async () => {
    const at = after(-HOUR);
    const sent = { id: randomUUID() };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => bill(at, { plan: "gold", state: "active" }, sent)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(answers.filter(({ body }) => body.applied === true)).toHaveLength(1);
    // The same id for something else is no news either.
    expect((await bill(after(0), { plan: "team", state: "active" }, sent)).body).toEqual({ applied: false });
    expect((await owner.ask("GET", path())).body.plan).toBe("gold");
  });

  test("that come late do not replace newer ones, nor what an owner chose since", async () => {
    expect((await bill(after(-HOUR), { plan: "gold", state: "active" })).body).toEqual({ applied: true });
    expect((await bill(after(-2 * HOUR), { plan: "team", state: "active" })).body).toEqual({ applied: false });
    expect((await owner.ask("GET", path())).body.plan).toBe("gold");
    await owner.ask("PUT", path(), { plan: "free" });
    expect((await bill(after(-HOUR / 2), { plan: "gold", state: "active" })).body).toEqual({ applied: false });
    expect((await owner.ask("GET", path())).body.plan).toBe("free");
  });

  test("from a clock that is ahead do not keep an owner from another plan", async () => {
    expect((await bill(after(60_000), { plan: "gold", state: "active" })).body).toEqual({ applied: true });
    expect((await owner.ask("PUT", path(), { plan: "team" })).body).toMatchObject({ plan: "team" });
    expect((await bill(after(30_000), { plan: "gold", state: "active" })).body).toEqual({ applied: false });
  });

  test("in any order lead to the newest one", async () => {
    const steps = ["gold", "team", "gold", "team", "free"].map((plan, index) => ({ plan, at: after(-HOUR + index) }));
    await Promise.all(steps.toReversed().map(({ plan, at }) => bill(at, { plan, state: "active" })));
    expect((await owner.ask("GET", path())).body.plan).toBe("free");
  });

  test.each([
    ["another secret", { secret: `whsec_${randomBytes(32).toString("base64")}` }],
    ["an old time of sending", { sentAt: new Date(Date.now() - 301_000) }],
    ["a time of sending in the future", { sentAt: new Date(Date.now() + 600_000) }],
    ["another body", { body: JSON.stringify({ type: "subscription.changed" }) }],
    ["a long id", { id: "x".repeat(257) }],
  ])("with %s are refused", async (_what, sent) => {
    expect(await bill(after(-1000), { plan: "gold", state: "active" }, sent)).toMatchObject({
      status: 401,
      body: { code: "signature_invalid" },
    });
    expect((await owner.ask("GET", path())).body.plan).toBe("free");
  });

  test("without a signature are refused", async () => {
    expect(await world.ask("POST", "/account/billing/events", {})).toMatchObject({ status: 401 });
    const nothing = { headers: { "content-type": "application/json" }, method: "POST" } as const;
    const answer = await world.backend.app.inject({ ...nothing, url: "/account/billing/events", payload: "" });
    expect(answer.statusCode).toBe(401);
  });

  test("about what is not there, or from the future, say so", async () => {
    expect(await bill(after(-1000), { plan: "lead", state: "active" })).toMatchObject({
      status: 400,
      body: { code: "validation_failed", errors: [{ field: "data.plan", message: "There is no plan lead" }] },
    });
    expect(await bill(after(0), { plan: "gold", state: "active", tenantId: randomUUID() })).toMatchObject({
      status: 404,
    });
    expect(await bill(after(HOUR), { plan: "gold", state: "active" })).toMatchObject({ status: 400 });
    expect(await bill(after(0), { plan: "gold", state: "trial" })).toMatchObject({ status: 400 });
    expect(await bill(after(0), { plan: "gold", state: "paid" })).toMatchObject({ status: 400 });
  });

  test.each(["trial", "cancelled"])("a %s counts until the end of its period", async (state) => {
    await bill(after(-HOUR), { plan: "gold", state, periodEnd: after(HOUR) });
    await owner.renew();
    expect(planIn(owner.accessToken)).toBe("gold");
    await bill(after(-HOUR / 2), { plan: "gold", state, periodEnd: after(-1000) });
    await owner.renew();
    expect(planIn(owner.accessToken)).toBeUndefined();
    expect((await owner.ask("GET", path())).body).toMatchObject({ plan: "gold", state, inForce: { name: "free" } });
  });
});

test("A56b: without a secret no events are taken, and without plans nothing is limited", async () => {
  const before = world.backend;
  world.backend = await world.startBackend();
  try {
    const answer = await bill(after(0), { plan: "gold", state: "active" });
    expect(answer).toMatchObject({ status: 409, body: { code: "billing_not_configured" } });
    await owner.logIn(PASSWORD);
    expect((await owner.ask("GET", path())).body).toMatchObject({
      inForce: { name: "unlimited", members: null, workspaces: null },
      limits: { members: null, apiKeys: 100 },
      choices: [],
    });
    const tokens = await Promise.all(Array.from({ length: 4 }, async () => (await invitation()).body.token));
    const answers = await Promise.all(
      tokens.map((token) => new Browser(world, newEmail()).signUp({ invitation: token })),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  } finally {
    await world.backend.app.close();
    await world.backend.close();
    world.backend = before;
  }
}, 30_000);
