import { randomUUID } from "node:crypto";
import { AI_USAGE_PATH, createDatabase } from "@nexus/service";
import { AiUsageStore } from "../src/store/ai-usage-store";
import { grantPlatformAdmin } from "../src/store/platform-admins";
import type { StudioTables } from "../src/store/tables";
import { BackendWorld, serviceToken } from "./backend-world";
import { peopleOf } from "./people";

let world: BackendWorld;
beforeAll(async () => {
  world = await BackendWorld.start();
}, 60_000);
afterAll(() => world?.stop());

const { person, tenantOf, join } = peopleOf(() => world);

const token = serviceToken();
const report = (days: object[], bearer = token) =>
  world.ask("POST", AI_USAGE_PATH, { days }, { authorization: `Bearer ${bearer}` });

test("every member and the operator see the tokens of each day; no other tenant does", async () => {
  const [ada, operator] = [await person(), await person()];
  const tenantId = await tenantOf(ada);
  const eve = await join(ada, tenantId, "viewer");
  await report([
    { tenantId, day: "2030-05-01", tokens: 100 },
    { tenantId, day: "2030-05-02", tokens: 20 },
    { tenantId, day: "2030-05-03", tokens: 0 },
  ]);
  const aiDays = [
    { day: "2030-05-02", tokens: 20 },
    { day: "2030-05-01", tokens: 100 },
  ];
  expect((await eve.ask("GET", `/account/tenants/${tenantId}/subscription`)).body).toMatchObject({ aiDays });
  const { body } = await eve.ask("GET", `/account/tenants/${tenantId}/subscription?days=1`);
  expect(body.aiDays).toEqual(aiDays.slice(0, 1));
  await grantPlatformAdmin(createDatabase<StudioTables>(world.backend.database), operator.email, operator.id);
  expect((await operator.ask("GET", `/account/platform/tenants/${tenantId}`)).body).toMatchObject({ aiDays });
  const other = await tenantOf(ada, "Looms");
  expect((await ada.ask("GET", `/account/tenants/${other}/subscription`)).body.aiDays).toEqual([]);
});

test("a report that comes twice, late or with less changes nothing, and answers with what is known", async () => {
  const tenantId = await tenantOf(await person());
  const [day, nowhere] = ["2030-05-01", randomUUID()];
  for (const tokens of [50, 50, 7])
    expect((await report([{ tenantId, day, tokens }])).body).toEqual({ days: [{ tenantId, day, tokens: 50 }] });
  const mixed = [60, 70].map((tokens) => ({ tenantId, day, tokens }));
  expect((await report([...mixed, { tenantId: nowhere, day, tokens: 1 }])).body).toEqual({
    days: [{ tenantId, day, tokens: 70 }],
  });
  const most = { tenantId, day, tokens: Number.MAX_SAFE_INTEGER };
  expect((await report([most])).body).toEqual({ days: [most] });
});

test("only a service can report, and a bad report changes nothing", async () => {
  const ada = await person();
  const tenantId = await tenantOf(ada);
  const good = { tenantId, day: "2030-05-01", tokens: 1 };
  expect((await report([good], ada.accessToken)).status).toBe(401);
  expect((await world.ask("POST", AI_USAGE_PATH, { days: [good] })).status).toBe(401);
  for (const bad of [{ tokens: -1 }, { tokens: 0.5 }, { tokens: 1e300 }, { day: "2030-02-31" }, { tenantId: "x" }])
    expect((await report([good, { ...good, ...bad }])).status).toBe(400);
  expect((await report(Array.from({ length: 201 }, () => good))).status).toBe(400);
  expect((await ada.ask("GET", `/account/tenants/${tenantId}/subscription`)).body.aiDays).toEqual([]);
});

test("days are kept for 400 days", async () => {
  const ada = await person();
  const tenantId = await tenantOf(ada);
  const daysAgo = (count: number) => new Date(Date.now() - count * 86_400_000).toISOString().slice(0, 10);
  await report([399, 402].map((count) => ({ tenantId, day: daysAgo(count), tokens: 5 })));
  await new AiUsageStore(createDatabase<StudioTables>(world.backend.database)).prune();
  const { body } = await ada.ask("GET", `/account/tenants/${tenantId}/subscription?days=400`);
  expect(body.aiDays).toEqual([{ day: daysAgo(399), tokens: 5 }]);
});
