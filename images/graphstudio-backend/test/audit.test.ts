import { verifyTrail } from "@nexus/contract";
import { createDatabase, createPool } from "@nexus/service";
import { audit } from "../src/store/audit";
import { AuditStore } from "../src/store/audit-store";
import type { StudioTables } from "../src/store/tables";
import { BackendWorld, Browser, newEmail, PASSWORD } from "./backend-world";
import { peopleOf, type Person } from "./people";

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

interface Row {
  readonly seq: number;
  readonly act: string;
  readonly outcome: string;
  readonly actor: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly target: Readonly<Record<string, unknown>>;
}

const { person, tenantOf, join } = peopleOf(() => world);

async function linesOf(owner: Person, tenantId: string): Promise<string[]> {
  const { status, body } = await owner.ask("GET", `/account/tenants/${tenantId}/audit`);
  expect(status).toBe(200);
  return body.lines as string[];
}

const rowsIn = (lines: readonly string[]) => lines.slice(0, -1).map((line) => JSON.parse(line) as Row);

/** Rows of the platform's trail about one person. */
async function platformRows(userId: string): Promise<Row[]> {
  const rows = await world.postgres.query("select line from studio.audit_rows where chain = 'platform' order by seq");
  return rows.map(({ line }) => JSON.parse(String(line)) as Row).filter(({ actor }) => actor === userId);
}

/** Runs SQL as somebody whom no trigger stops. */
const tamper = (statement: string) =>
  world.postgres.query(`set session_replication_role = replica; ${statement}; reset session_replication_role`);

/** A trail of six rows: the tenant was created, then renamed. */
async function sixRows(): Promise<{ ada: Person; tenantId: string }> {
  const ada = await person();
  const tenantId = await tenantOf(ada);
  for (let number = 2; number <= 6; number += 1)
    await ada.ask("PUT", `/account/tenants/${tenantId}`, { name: `Engines ${number}` });
  return { ada, tenantId };
}

test("the trail of a tenant says who did what, to what, and from where", async () => {
  const ada = await person();
  const tenantId = await tenantOf(ada);
  const bob = await join(ada, tenantId, "member");
  const one = `/account/tenants/${tenantId}`;
  await ada.ask("PUT", `${one}/members/${bob.id}`, { role: "admin" });
  await bob.ask("PUT", one, { name: "Looms" });
  await ada.ask("POST", `${one}/invitations`, { role: "viewer", email: "eve@example.com" });
  const { items } = (await ada.ask("GET", `${one}/invitations`)).body as { items: { id: string }[] };
  await ada.ask("DELETE", `${one}/invitations/${items[0]?.id ?? ""}`);
  await ada.ask("DELETE", `${one}/members/${bob.id}`);
  const lines = await linesOf(ada, tenantId);
  expect(rowsIn(lines).map(({ actor, act, target }) => [actor, act, target])).toEqual([
    [ada.id, "tenant.created", { name: "Engines" }],
    [ada.id, "invitation.made", { role: "member", invitationId: expect.any(String) as string }],
    [bob.id, "member.joined", { role: "member", invitedBy: ada.id }],
    [ada.id, "role.changed", { userId: bob.id, role: "admin" }],
    [bob.id, "tenant.renamed", { name: "Looms" }],
    [ada.id, "invitation.made", { role: "viewer", invitationId: expect.any(String) as string }],
    [ada.id, "invitation.withdrawn", { role: "viewer", invitationId: expect.any(String) as string }],
    [ada.id, "member.removed", { userId: bob.id }],
  ]);
  for (const row of rowsIn(lines))
    expect(row).toMatchObject({ outcome: "done", address: "127.0.0.1", userAgent: "lightMyRequest" });
  expect(await verifyTrail(lines)).toMatchObject({ rows: 8, problem: undefined });
});

test("what a role does not allow is in the trail, and what a stranger asks for is not", async () => {
  const ada = await person();
  const tenantId = await tenantOf(ada);
  const eve = await join(ada, tenantId, "viewer");
  const before = rowsIn(await linesOf(ada, tenantId)).length;
  expect((await eve.ask("DELETE", `/account/tenants/${tenantId}/members/${ada.id}`)).status).toBe(403);
  expect((await eve.ask("GET", `/account/tenants/${tenantId}/audit`)).status).toBe(403);
  expect((await (await person()).ask("PUT", `/account/tenants/${tenantId}`, { name: "Mine" })).status).toBe(404);
  const denied = rowsIn(await linesOf(ada, tenantId)).slice(before);
  expect(denied.map(({ act }) => act)).toEqual([
    "DELETE /account/tenants/:tenantId/members/:userId",
    "GET /account/tenants/:tenantId/audit",
  ]);
  expect(denied[0]).toMatchObject({
    outcome: "denied",
    actor: eve.id,
    address: "127.0.0.1",
    target: { tenantId, userId: ada.id },
  });
});

test("what people do with their own account is in the trail of the platform, also what better-auth does", async () => {
  const ada = await person();
  await ada.logIn();
  await ada.logOut();
  const program = await world.ask("POST", "/auth/login", { email: ada.email, password: PASSWORD });
  await world.ask("POST", "/auth/logout", { refreshToken: program.body.refreshToken });
  await world.ask("POST", "/auth/logout", { refreshToken: program.body.refreshToken });
  const renewed = await ada.logIn();
  expect(renewed.status).toBe(200);
  await ada.ask("PUT", "/account/password", { password: "a wrong password", newPassword: "another horse battery" });
  await ada.ask("PUT", "/account/password", { password: PASSWORD, newPassword: "another horse battery" });
  await ada.ask("DELETE", "/account/sessions");
  const rows = await platformRows(ada.id);
  expect(rows.map(({ act, outcome }) => `${act} ${outcome}`)).toEqual([
    "account.created done",
    "sign-in done",
    "sign-in done",
    "session.ended done",
    "sign-in done",
    "session.ended done",
    "sign-in done",
    "password.changed failed",
    "password.changed done",
    "sessions.ended done",
  ]);
  for (const { address } of rows) expect(address).toBe("127.0.0.1");
});

test("a failed sign-in reads the same for an address with an account and for one without", async () => {
  const ada = await person();
  const last = async () => {
    const [row] = await world.postgres.query(
      "select line from studio.audit_rows where chain = 'platform' order by seq desc limit 1",
    );
    const { act, outcome, actor, address, userAgent, target } = JSON.parse(String(row?.line)) as Row;
    return { act, outcome, actor, address, userAgent, target };
  };
  const failed = { act: "sign-in", outcome: "failed", actor: null, address: "127.0.0.1", target: {} };
  for (const email of [ada.email, newEmail()]) {
    await world.ask("POST", "/auth/login", { email, password: "not the password" });
    expect(await last()).toEqual({ ...failed, userAgent: "lightMyRequest" });
    await new Browser(world, email).logIn("not the password");
    expect(await last()).toEqual({ ...failed, userAgent: "lightMyRequest" });
  }
});

test("an act that is rolled back leaves no row, and no gap", async () => {
  const { ada, tenantId } = await sixRows();
  const own = `/account/tenants/${tenantId}/members/${ada.id}`;
  expect((await ada.ask("DELETE", own)).status).toBe(409);
  await expect(
    createDatabase<StudioTables>(pool)
      .transaction()
      .execute(async (tx) => {
        await audit(tx, { tenantId, act: "tenant.renamed" });
        throw new Error("rolled back");
      }),
  ).rejects.toThrow("rolled back");
  await ada.ask("PUT", `/account/tenants/${tenantId}`, { name: "Looms" });
  expect(await verifyTrail(await linesOf(ada, tenantId))).toMatchObject({ rows: 7, problem: undefined });
});

test("without a row there is no act", async () => {
  const { ada, tenantId } = await sixRows();
  await tamper(`update studio.audit_chains set seq = 3 where chain = '${tenantId}'`);
  expect((await ada.ask("PUT", `/account/tenants/${tenantId}`, { name: "Unseen" })).status).toBe(500);
  expect((await ada.ask("GET", `/account/tenants/${tenantId}`)).body.name).toBe("Engines 6");
});

test("two pods that append at the same time make one trail", async () => {
  const { ada, tenantId } = await sixRows();
  const other = await world.startBackend();
  try {
    const url = `/account/tenants/${tenantId}/invitations`;
    const headers = { authorization: `Bearer ${ada.accessToken}` };
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, number) =>
        (number % 2 ? world.backend : other).app.inject({ method: "POST", url, payload: { role: "viewer" }, headers }),
      ),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(answers.map(() => 201));
  } finally {
    await other.app.close();
    await other.close();
  }
  expect(await verifyTrail(await linesOf(ada, tenantId))).toMatchObject({ rows: 46, problem: undefined });
});

test.each([
  ["a changed row", "update studio.audit_rows set line = replace(line, 'Engines 3', 'Looms')", "and seq = 3", "row 3 "],
  ["a removed row", "delete from studio.audit_rows", "and seq = 4", "row 4 was removed"],
  ["the first row removed", "delete from studio.audit_rows", "and seq = 1", "row 1 was removed: no checkpoint"],
  ["the last row removed", "delete from studio.audit_rows", "and seq = 6", "row 6 was removed from the end"],
])("%s is found", async (_what, statement, which, problem) => {
  const { ada, tenantId } = await sixRows();
  await tamper(`${statement} where chain = '${tenantId}' ${which}`);
  expect((await verifyTrail(await linesOf(ada, tenantId))).problem).toContain(problem);
});

test("an inserted row is found, also where the rows after it are numbered anew", async () => {
  const { ada, tenantId } = await sixRows();
  await tamper(`
    update studio.audit_rows set seq = seq + 100 where chain = '${tenantId}' and seq > 3;
    insert into studio.audit_rows select chain, 4, at, line from studio.audit_rows
      where chain = '${tenantId}' and seq = 2;
    update studio.audit_rows set seq = seq - 99 where chain = '${tenantId}' and seq > 100;
    update studio.audit_chains set seq = 7 where chain = '${tenantId}'`);
  expect((await verifyTrail(await linesOf(ada, tenantId))).problem).toBe(
    "row 2 (line 4) was inserted: row 4 comes here",
  );
});

test.each(["update studio.audit_rows set line = ''", "delete from studio.audit_rows", "truncate studio.audit_rows"])(
  "the database refuses: %s",
  async (statement) => {
    await sixRows();
    await expect(world.postgres.query(statement)).rejects.toThrow("cannot be changed or removed");
  },
);

test("retention deletes old rows and keeps their hash, so the rest is still whole", async () => {
  const { ada, tenantId } = await sixRows();
  const trails = new AuditStore(createDatabase<StudioTables>(pool));
  await tamper(`update studio.audit_rows set at = now() - interval '3 days' where chain = '${tenantId}' and seq <= 4`);
  await Promise.all([trails.trim(2), trails.trim(2)]);
  const lines = await linesOf(ada, tenantId);
  expect(rowsIn(lines).map(({ seq, act }) => [seq, act])).toEqual([
    [5, "tenant.renamed"],
    [6, "tenant.renamed"],
    [7, "audit.trimmed"],
  ]);
  expect(await verifyTrail(lines)).toMatchObject({ rows: 3, problem: undefined });
  await tamper(`delete from studio.audit_rows where chain = '${tenantId}' and seq = 5`);
  expect((await verifyTrail(await linesOf(ada, tenantId))).problem).toContain("rows 1 to 5 were removed");
});

test("a long trail is exported whole, and from a row on", async () => {
  const { ada, tenantId } = await sixRows();
  const trails = new AuditStore(createDatabase<StudioTables>(pool));
  for (let number = 0; number < 2100; number += 1) await trails.record({ tenantId, act: "sign-in" });
  expect(await verifyTrail(await linesOf(ada, tenantId))).toMatchObject({ rows: 2106, problem: undefined });
  const { body } = await ada.ask("GET", `/account/tenants/${tenantId}/audit?after=2100`);
  expect(rowsIn(body.lines as string[]).map(({ seq }) => seq)).toEqual([2101, 2102, 2103, 2104, 2105, 2106]);
});
