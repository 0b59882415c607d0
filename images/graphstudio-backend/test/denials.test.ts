import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { verifyTrail } from "@nexus/contract";
import { createDatabase, createPool, type Denial, DENIALS_PATH } from "@nexus/service";
import { waitFor } from "@nexus/testkit/server-process";
import { DenialStore } from "../src/store/denial-store";
import type { StudioTables } from "../src/store/tables";
import { BackendWorld, serviceToken } from "./backend-world";
import { peopleOf, type Person } from "./people";

let world: BackendWorld;
let store: DenialStore;
let token: string;
beforeAll(async () => {
  world = await BackendWorld.start();
  store = new DenialStore(createDatabase<StudioTables>(world.backend.database));
  token = serviceToken();
});
afterAll(() => world?.stop());

const { person, tenantOf, join } = peopleOf(() => world);

interface Row extends Pick<Denial, "act" | "actor" | "address" | "userAgent"> {
  readonly at: string;
  readonly outcome: string;
  readonly target: Record<string, unknown>;
}

/** The rows of a trail after its first one, which made the tenant; the trail is whole. */
async function deniedIn(owner: Person, tenantId: string): Promise<Row[]> {
  const { body } = await owner.ask("GET", `/account/tenants/${tenantId}/audit`);
  const lines = body.lines as string[];
  expect((await verifyTrail(lines)).problem).toBeUndefined();
  return lines.slice(1, -1).map((line) => JSON.parse(line) as Row);
}

const denial = (tenantId: string, changes: Partial<Denial> & { count?: number; ageMs?: number } = {}) => ({
  tenantId,
  actor: randomUUID(),
  address: "192.0.2.7",
  userAgent: "curl/8.5.0",
  act: "PUT /api/v1/tenant-settings",
  target: {},
  count: 1,
  ageMs: 0,
  ...changes,
});
type Body = { id: string; denials: unknown[]; dropped: unknown[] };
const batch = (denials: unknown[], dropped: unknown[] = []): Body => ({ id: randomUUID(), denials, dropped });
const post = (body: object, bearer = token) =>
  world.ask("POST", DENIALS_PATH, body, { authorization: `Bearer ${bearer}` });

async function ownTenant() {
  const ada = await person();
  return { ada, tenantId: await tenantOf(ada) };
}

test("what a service denied is in the trail of its tenant: who, what, to what, from where, how often and since when", async () => {
  const { ada, tenantId } = await ownTenant();
  const other = await ownTenant();
  const often = denial(tenantId, { target: { workspaceId: "w" }, count: 7, ageMs: 90_000 });
  const byCode = { act: "host.called", actor: null, address: null, userAgent: null, target: { host: "example.com" } };
  expect((await post(batch([denial(tenantId), often, denial(tenantId, byCode)]))).status).toBe(204);
  const rows = await deniedIn(ada, tenantId);
  expect(rows).toMatchObject([
    {
      act: "PUT /api/v1/tenant-settings",
      outcome: "denied",
      address: "192.0.2.7",
      userAgent: "curl/8.5.0",
      target: {},
    },
    { outcome: "denied", actor: often.actor, target: { workspaceId: "w", count: 7 } },
    { outcome: "denied", ...byCode },
  ]);
  const [, { at, target } = { at: "", target: {} as Record<string, unknown> }] = rows;
  expect(Date.parse(at) - Date.parse(String(target.since))).toBeGreaterThanOrEqual(89_000);
  expect(Date.parse(at) - Date.parse(String(target.since))).toBeLessThan(120_000);
  expect(await deniedIn(other.ada, other.tenantId)).toEqual([]);
});

test("a report that comes twice, also at the same time, is in the trail once", async () => {
  const { ada, tenantId } = await ownTenant();
  const body = batch([denial(tenantId)]);
  const answers = await Promise.all([post(body), post(body), post(body)]);
  expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
  expect(await deniedIn(ada, tenantId)).toHaveLength(1);
});

test("only a service can report: not a person, not another key, not nobody", async () => {
  const { ada, tenantId } = await ownTenant();
  const others = [ada.accessToken, serviceToken("another-signing-key-of-somebody-else-123"), "no.to.ken"];
  for (const bearer of others) expect((await post(batch([denial(tenantId)]), bearer)).status).toBe(401);
  expect((await world.ask("POST", DENIALS_PATH, batch([denial(tenantId)]))).status).toBe(401);
  expect(await deniedIn(ada, tenantId)).toEqual([]);
});

test.each<[string, (tenantId: string) => object]>([
  ["no id", (tenantId) => ({ ...batch([denial(tenantId)]), id: "x" })],
  ["a count of nothing", (tenantId) => batch([denial(tenantId, { count: 0 })])],
  ["a time that is yet to come", (tenantId) => batch([denial(tenantId, { ageMs: -1 })])],
  ["a time that nobody remembers", (tenantId) => batch([denial(tenantId, { ageMs: 1e15 })])],
  ["no act", (tenantId) => batch([denial(tenantId, { act: "" })])],
  ["a long text", (tenantId) => batch([denial(tenantId, { userAgent: "x".repeat(301) })])],
  ["a good one beside a bad one", (tenantId) => batch([denial(tenantId), {}])],
  ["too many", (tenantId) => batch(Array.from({ length: 101 }, () => denial(tenantId)))],
])("a bad report is refused as a whole: %s", async (_what, make) => {
  const { ada, tenantId } = await ownTenant();
  expect((await post(make(tenantId))).status).toBe(400);
  expect(await deniedIn(ada, tenantId)).toEqual([]);
});

test("characters that no text of a database may hold break no trail", async () => {
  const { ada, tenantId } = await ownTenant();
  const odd = { target: { handler: '\u0000\u202e"}\n' }, ageMs: 31_000_000_000, count: 2 };
  expect((await post(batch([denial(tenantId, odd)]))).status).toBe(204);
  expect(await deniedIn(ada, tenantId)).toMatchObject([{ target: { handler: '\u0000\u202e"}\n', count: 2 } }]);
});

test("a tenant that does not exist gets no trail, and takes no row from one that does", async () => {
  const { ada, tenantId } = await ownTenant();
  const nowhere = randomUUID();
  expect((await post(batch([denial(nowhere), denial(tenantId)], [{ tenantId: nowhere, count: 3 }]))).status).toBe(204);
  expect(await deniedIn(ada, tenantId)).toHaveLength(1);
  expect(await world.postgres.query(`select 1 from studio.audit_chains where chain = '${nowhere}'`)).toEqual([]);
});

/** As if it were an hour later. */
const anHourLater = () => world.postgres.query("update studio.denial_hours set hour = hour - interval '1 hour'");

test("an hour adds 200 rows to a trail at most, whoever denies; the others are counted in one more", async () => {
  const { ada, tenantId } = await ownTenant();
  const other = await ownTenant();
  const eve = await join(ada, tenantId, "viewer");
  const before = (await deniedIn(ada, tenantId)).length;
  for (let n = 0; n < 3; n += 1)
    await post(
      batch(
        Array.from({ length: 90 }, () => denial(tenantId, { count: 2 })),
        [{ tenantId, count: 5 }],
      ),
    );
  expect((await eve.ask("PUT", `/account/tenants/${tenantId}`, { name: "Mine" })).status).toBe(403);
  await post(batch([denial(other.tenantId)]));
  expect(await deniedIn(ada, tenantId)).toHaveLength(before + 200);
  expect(await deniedIn(other.ada, other.tenantId)).toHaveLength(1);
  await store.tell();
  expect(await deniedIn(ada, tenantId)).toHaveLength(before + 200);
  await anHourLater();
  await Promise.all([store.tell(), store.tell()]);
  const rows = (await deniedIn(ada, tenantId)).slice(before + 200);
  expect(rows).toMatchObject([
    { act: "denials.skipped", outcome: "denied", actor: null, target: { count: 70 * 2 + 3 * 5 + 1 } },
  ]);
  expect(await deniedIn(other.ada, other.tenantId)).toHaveLength(1);
  await post(batch([denial(tenantId)]));
  expect(await deniedIn(ada, tenantId)).toHaveLength(before + 202);
});

const url = `/account/platform/tenants/${randomUUID()}/suspension`;
/** What somebody was denied on the way to the platform's administration. */
async function rowsOf({ id }: Person): Promise<Row[]> {
  const rows = await world.postgres.query("select line from studio.audit_rows where chain = 'platform' order by seq");
  return rows
    .map(({ line }) => JSON.parse(String(line)) as Row)
    .filter(({ actor, outcome }) => actor === id && outcome === "denied");
}

test("who asks for what administrators do fills no more of the platform's trail, and takes no row from others", async () => {
  const [eve, bob] = [await person(), await person()];
  const answers = await Promise.all(Array.from({ length: 203 }, () => eve.ask("DELETE", url)));
  expect(answers.filter(({ status }) => status !== 403)).toEqual([]);
  expect((await bob.ask("DELETE", url)).status).toBe(403);
  expect(await rowsOf(eve)).toHaveLength(200);
  expect(await rowsOf(bob)).toHaveLength(1);
  await anHourLater();
  await store.tell();
  expect((await rowsOf(eve)).at(-1)).toMatchObject({ act: "denials.skipped", target: { count: 3 } });
  expect(await rowsOf(bob)).toHaveLength(1);
});

test("requests that are denied while their trail is locked keep the database from nobody, and none is lost", async () => {
  const [eve, ada] = [await person(), await person()];
  const pool = createPool(world.postgres.settings, world.log.log);
  const holder = await pool.connect();
  await holder.query("begin");
  await holder.query("lock table studio.denial_hours in exclusive mode");
  const denied = Array.from({ length: 40 }, () => eve.ask("DELETE", url));
  await waitFor("a denial waits", async () => {
    const waiting = "select 1 from pg_locks where not granted and relation = 'studio.denial_hours'::regclass";
    expect((await holder.query(waiting)).rowCount).toBeGreaterThan(0);
  });
  // Longer than a request waits for a connection.
  await sleep(3500);
  expect((await ada.ask("GET", "/account/tenants")).status).toBe(200);
  await holder.query("rollback");
  holder.release();
  await pool.end();
  for (const { status } of await Promise.all(denied)) expect(status).toBe(403);
  expect(await rowsOf(eve)).toHaveLength(40);
});

test("a plan that an owner may not choose is a denied act", async () => {
  const { ada, tenantId } = await ownTenant();
  expect((await ada.ask("PUT", `/account/tenants/${tenantId}/subscription`, { plan: "unlimited" })).status).toBe(403);
  expect(await deniedIn(ada, tenantId)).toMatchObject([
    { act: "PUT /account/tenants/:tenantId/subscription", outcome: "denied", actor: ada.id },
  ]);
});
