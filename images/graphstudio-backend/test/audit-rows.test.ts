import { createDatabase, createPool } from "@nexus/service";
import { AuditStore } from "../src/store/audit-store";
import type { StudioTables } from "../src/store/tables";
import { type Answer, BackendWorld, Browser } from "./backend-world";

let world: BackendWorld;
let pool: ReturnType<typeof createPool>;

beforeAll(async () => {
  world = await BackendWorld.start();
  pool = createPool(world.postgres.settings, world.log.log);
}, 30_000);
afterAll(async () => {
  await pool?.end();
  await world?.stop();
});

interface Owner extends Browser {
  readonly id: string;
  readonly trail: string;
  readonly tenantId: string;
}

async function signUp(): Promise<Owner> {
  const browser = new Browser(world);
  const { id, tenantId } = (await browser.signUp()).body.user as { id: string; tenantId: string };
  return Object.assign(browser, { id, tenantId, trail: `/account/tenants/${tenantId}/audit` });
}

interface Row {
  readonly seq: number;
  readonly act: string | null;
}

const rows = (answer: Answer) => answer.body.items as Row[];
const find = async (owner: Owner, query = "") => await owner.ask("GET", `${owner.trail}/rows?${query}`);
const rename = async (caller: Browser, { tenantId }: Owner, name: string) =>
  await caller.ask("PUT", `/account/tenants/${tenantId}`, { name });

async function join(owner: Owner, role: string): Promise<Owner> {
  const { body } = await owner.ask("POST", `/account/tenants/${owner.tenantId}/invitations`, { role });
  const member = await signUp();
  await member.ask("POST", "/account/invitations/accept", { token: body.token });
  return member;
}

/** Runs SQL as somebody whom no trigger stops. */
const tamper = (statement: string) =>
  world.postgres.query(`set session_replication_role = replica; ${statement}; reset session_replication_role`);

test("rows are read page by page, the newest first, each once, with the addresses of the people", async () => {
  const ada = await signUp();
  for (let number = 2; number <= 8; number += 1) await rename(ada, ada, `Engines ${number}`);
  const seen: number[] = [];
  let before = "";
  for (let pages = 0; pages < 5; pages += 1) {
    const answer = await find(ada, `limit=3${before}`);
    expect(answer.body.people).toEqual(rows(answer).length === 0 ? {} : { [ada.id]: ada.email });
    seen.push(...rows(answer).map(({ seq }) => seq));
    if (answer.body.next === null) break;
    before = `&before=${(answer.body as { next: number }).next}`;
  }
  expect(seen).toEqual(Array.from({ length: seen.length }, (_, index) => seen.length - index));
  expect(seen.length).toBeGreaterThanOrEqual(7);
  expect(rows(await find(ada, "limit=1"))).toMatchObject([
    { act: "tenant.renamed", outcome: "done", actor: ada.id, address: "127.0.0.1", target: { name: "Engines 8" } },
  ]);
});

test("rows are found by person, act, outcome and time", async () => {
  const ada = await signUp();
  const eve = await join(ada, "viewer");
  await rename(eve, ada, "Mine");
  await rename(ada, ada, 'Ours", "act":"key.made');
  const acts = async (query: string) => rows(await find(ada, query)).map(({ act }) => act);
  expect(await acts(`actor=${eve.id}`)).toEqual(["PUT /account/tenants/:tenantId", "member.joined"]);
  expect(await acts(`actor=${eve.id.toUpperCase()}&outcome=denied`)).toEqual(["PUT /account/tenants/:tenantId"]);
  expect(await acts(`actor=${encodeURIComponent(` ${eve.email.toUpperCase()}`)}&outcome=done`)).toEqual([
    "member.joined",
  ]);
  expect(await acts("act=tenant.renamed")).toEqual(["tenant.renamed"]);
  expect(await acts("act=key.made")).toEqual([]);
  expect(await acts("act=tenant")).toEqual([]);
  expect(await acts("actor=nobody@example.com")).toEqual([]);
  const [newest] = rows(await find(ada)) as unknown as { at: string }[];
  const at = encodeURIComponent(newest?.at ?? "");
  expect(await acts(`from=${at}`)).toEqual(["tenant.renamed"]);
  expect((await acts(`to=${at}`))[0]).toBe("PUT /account/tenants/:tenantId");
  expect(await acts("from=2999-01-01T00:00:00%2B08:00")).toEqual([]);
});

test.each(["before=0", "before=x", "limit=201", "actor=ada", "outcome=lost", "from=yesterday", "act=%00"])(
  "a search with %s is refused",
  async (query) => {
    expect(await find(await signUp(), query)).toMatchObject({ status: 400, body: { code: "validation_failed" } });
  },
);

test("a search in a long trail searches 10,000 rows at a time, and says where to go on", async () => {
  const ada = await signUp();
  await rename(ada, ada, "Looms");
  const trails = new AuditStore(createDatabase<StudioTables>(pool));
  const { seq } = rows(await find(ada, "limit=1"))[0] ?? { seq: 0 };
  await tamper(`insert into studio.audit_rows select '${ada.tenantId}', n, now(), '{"act":"made.up"}'
    from generate_series(${seq + 1}, ${seq + 12_000}) n`);
  const first = await find(ada, "act=tenant.renamed");
  expect(first.body).toEqual({ items: [], people: {}, next: seq + 2001 });
  const second = await find(ada, `act=tenant.renamed&before=${seq + 2001}`);
  expect(second.body).toMatchObject({ items: [{ seq, act: "tenant.renamed" }], next: null });
  expect(await trails.find(ada.tenantId, { limit: 50 })).toMatchObject({ next: seq + 11_951 });
});

test("a row that somebody made unreadable is shown as one, and the others with it", async () => {
  const ada = await signUp();
  await rename(ada, ada, "Looms");
  await rename(ada, ada, "Engines");
  const [last, changed] = rows(await find(ada));
  await tamper(
    `update studio.audit_rows set line = 'no JSON' where seq = ${changed?.seq ?? 0} and chain = '${ada.tenantId}'`,
  );
  expect(rows(await find(ada)).slice(0, 2)).toMatchObject([
    { seq: last?.seq },
    { seq: changed?.seq, act: null, target: {} },
  ]);
  const { body } = await ada.ask("GET", `${ada.trail}/check`);
  expect(body.problem).toContain("it was changed or inserted");
});

test("the check of a trail says how far it is whole, for all who ask at once", async () => {
  const ada = await signUp();
  for (let number = 2; number <= 4; number += 1) await rename(ada, ada, `Engines ${number}`);
  const [newest] = rows(await find(ada));
  const answers = await Promise.all([1, 2, 3].map(() => ada.ask("GET", `${ada.trail}/check`)));
  for (const { body } of answers)
    expect(body).toMatchObject({ rows: newest?.seq, head: { seq: newest?.seq }, problem: null });
  await tamper(
    `update studio.audit_rows set line = replace(line, 'Engines 3', 'Looms') where chain = '${ada.tenantId}'`,
  );
  expect((await ada.ask("GET", `${ada.trail}/check`)).body.problem).toMatch(/^row \d+ .* was changed/);
});

test("a stranger and a member neither read nor check a trail", async () => {
  const ada = await signUp();
  const [bob, eve] = [await join(ada, "member"), await signUp()];
  for (const path of ["rows", "check"]) {
    expect((await bob.ask("GET", `${ada.trail}/${path}`)).status).toBe(403);
    expect((await eve.ask("GET", `${ada.trail}/${path}`)).status).toBe(404);
  }
});
