import { randomUUID } from "node:crypto";
import { UNLIMITED } from "@nexus/contract";
import { createDatabase, createPool, migrate } from "@nexus/service";
import { Client } from "pg";
import { kernelMigrations } from "../../workspace-kernel/src/store/migrations";
import { createPostgresStores } from "../../workspace-kernel/src/store/postgres-stores";
import type { Stores } from "../../workspace-kernel/src/store/stores";
import { LIMITS, SELF } from "../../workspace-kernel/test/open-stores";
import { usageText } from "../src/platform/usage-text";
import { KernelUsageStore } from "../src/store/kernel-usage-store";
import { grantPlatformAdmin } from "../src/store/platform-admins";
import { PlatformStore } from "../src/store/platform-store";
import type { StudioTables } from "../src/store/tables";
import { BackendWorld, type Browser } from "./backend-world";
import { peopleOf } from "./people";

const TENANTS = "/account/platform/tenants";
const MIB = 1024 * 1024;
const NAME = "Used \u202e& Co";
const free = { ...UNLIMITED, workspaces: 3, executionSecondsPerDay: 600 };

let world: BackendWorld;
let kernel: Stores;
let admin: Browser;
const { person, tenantOf } = peopleOf(() => world);

beforeAll(async () => {
  world = await BackendWorld.start({
    PLANS: JSON.stringify({ default: "free", definitions: { free } }),
    MAX_STORAGE_MB_PER_TENANT: "77",
    STREAM_MAX_MB: String(LIMITS.streamBytes / MIB),
  });
  admin = await person();
  await grantPlatformAdmin(db(), admin.email, String((await admin.ask("GET", "/account/me")).body.id));
});
afterAll(async () => {
  await kernel?.close();
  await world?.stop();
});

const db = () => createDatabase<StudioTables>(world.backend.database);
const dayOf = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);

test("before there is a kernel, administrators see tenants without its numbers", async () => {
  const tenantId = await tenantOf(await person());
  expect((await admin.ask("GET", `${TENANTS}?search=${tenantId}`)).body.items).toMatchObject([{ usage: null }]);
  expect((await admin.ask("GET", `${TENANTS}/${tenantId}`)).body).toMatchObject({ id: tenantId, usage: null });
});

describe("beside a kernel", () => {
  let tenantId: string;
  let stored: number;

  beforeAll(async () => {
    const pool = createPool(world.postgres.settings, world.log.log);
    await migrate(pool, kernelMigrations, world.log.log);
    await pool.end();
    kernel = createPostgresStores(world.postgres.settings, SELF, { id: "build", reads: [] }, LIMITS, world.log.log);
    tenantId = await tenantOf(await person(), "Used");
    // As an earlier release allowed it.
    await world.backend.database.query("update studio.tenants set name = $2 where id = $1", [tenantId, NAME]);
    const one = await kernel.workspaces.insert({ tenantId, name: "one" }, true);
    await kernel.workspaces.insert({ tenantId, name: "two" }, false);
    await kernel.workspaces.insert({ tenantId: randomUUID(), name: "of somebody else" }, true);
    await kernel.handlers.put(one.id, { name: "greet", code: "x".repeat(3 * MIB), capabilities: [] });
    const nothing = { usedMs: 0, reservedMs: 0, executions: 0, streamBytes: 0, reservedStreamBytes: 0 };
    await kernel.times.settle([
      { ...nothing, tenantId, day: dayOf(0), usedMs: 1500, reservedMs: -500, executions: 3, streamBytes: 2 * MIB },
      { ...nothing, tenantId, day: dayOf(2), usedMs: 250, executions: 1 },
      { ...nothing, tenantId, day: dayOf(40), usedMs: 9000, executions: 9 },
      { ...nothing, tenantId: randomUUID(), day: dayOf(0), usedMs: 7000, executions: 7 },
    ]);
    stored = await kernel.usage.bytes(tenantId);
  });

  test("a page of tenants has what each uses, as the kernel counts it, with one query for all of them", async () => {
    await Promise.all(Array.from({ length: 3 }, person));
    const query = jest.spyOn(Client.prototype, "query");
    const { body } = await admin.ask("GET", `${TENANTS}?limit=200`);
    const asked = query.mock.calls.map(([first]) => JSON.stringify(first)).filter((text) => text.includes("kernel."));
    query.mockRestore();
    expect(asked).toHaveLength(1);
    const items = body.items as { id: string; usage: unknown }[];
    expect(items.length).toBeGreaterThan(4);
    const use = { workspaces: 2, activeWorkspaces: 1, storageBytes: stored, executionSeconds: 2, streamBytes: 2 * MIB };
    expect(items.find(({ id }) => id === tenantId)?.usage).toEqual(use);
    const others = items.filter(({ id }) => id !== tenantId).map(({ usage }) => usage);
    expect(new Set(others.map((one) => JSON.stringify(one)))).toEqual(
      new Set([
        JSON.stringify({ workspaces: 0, activeWorkspaces: 0, storageBytes: 0, executionSeconds: 0, streamBytes: 0 }),
      ]),
    );
  });

  test("one tenant has its limits by plan and settings, and the days that were asked for", async () => {
    const { body } = await admin.ask("GET", `${TENANTS}/${tenantId}`);
    const today = {
      day: dayOf(0),
      executionSeconds: 1.5,
      reservedSeconds: 0.5,
      executions: 3,
      streamBytes: 2 * MIB,
      reservedStreamBytes: 0,
    };
    expect(body.usage).toEqual({
      workspaces: 2,
      activeWorkspaces: 1,
      storageBytes: stored,
      limits: {
        workspaces: 3,
        activeWorkspaces: null,
        storageMb: 77,
        executionSecondsPerDay: 600,
        streamMbPerDay: null,
      },
      history: [today, expect.objectContaining({ day: dayOf(2), executionSeconds: 0.25 })],
    });
    const daysOf = async (days: number) => {
      const { usage } = (await admin.ask("GET", `${TENANTS}/${tenantId}?days=${days}`)).body;
      return (usage as { history: { day: string }[] }).history.map(({ day }) => day);
    };
    expect(await daysOf(1)).toEqual([dayOf(0)]);
    expect(await daysOf(400)).toEqual([dayOf(0), dayOf(2), dayOf(40)]);
    expect((await admin.ask("GET", `${TENANTS}/${tenantId}?days=401`)).status).toBe(400);
  });

  test("the functions of the kernel's schema cannot write", async () => {
    const rows = await world.postgres.query(
      "select provolatile from pg_proc where pronamespace = 'kernel'::regnamespace and proname in ('tenant_usage', 'tenant_days')",
    );
    expect(rows).toEqual([{ provolatile: "s" }, { provolatile: "s" }]);
  });

  test("the command shows tenants as a table, and one with its days; a name cannot fool the terminal", async () => {
    const stores = { platform: new PlatformStore(db()), usage: new KernelUsageStore(db(), LIMITS.streamBytes) };
    const one = await usageText(stores, tenantId);
    const [heading = "", row = ""] = one.split("\n");
    expect(heading.split(/ {2,}/)).toEqual([
      ...["TENANT", "PLAN", "WORKSPACES", "ACTIVE", "SECONDS TODAY", "STORED MiB", "SENT MiB TODAY", "NAME"],
    ]);
    expect(row.split(/ {2,}/)).toEqual([tenantId, "default", "2", "1", "2", "3.0", "2.0", "Used \\u{202e}& Co"]);
    expect(one).toMatch(new RegExp(`\n\nDAY .*\n${dayOf(0)} +1\\.5 +3 +2\\.0\n${dayOf(2)} +0\\.25 +1 +0\\.0$`));
    const all = await usageText(stores, "");
    expect(all.split("\n").length).toBeGreaterThan(5);
    expect(all).toContain(tenantId);
    expect(await usageText(stores, "no such\u001b[2J")).toBe(
      'No tenant has the id, or "no such\\u{1b}[2J" in its name.',
    );
  });
});
