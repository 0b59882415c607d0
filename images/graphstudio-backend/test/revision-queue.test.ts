import { randomUUID } from "node:crypto";
import { createDatabase, createPool, migrate } from "@nexus/service";
import { openDatabase, type TestDatabase } from "@nexus/testkit/database";
import { captureLog } from "@nexus/testkit/log-capture";
import { studioMigrations } from "../src/store/migrations";
import { RevisionQueue } from "../src/store/revision-queue";
import type { StudioTables } from "../src/store/tables";

/** The queue without anybody who works on it. */

let database: TestDatabase;
let pools: ReturnType<typeof createPool>[];
/** Those of two pods. */
let queues: RevisionQueue[];
beforeAll(async () => {
  database = await openDatabase();
  const { log } = captureLog("graphstudio-backend");
  pools = [1, 2].map(() => createPool(database.settings, log));
  const [pool] = pools;
  if (pool) await migrate(pool, studioMigrations, log);
  queues = pools.map((pool) => new RevisionQueue(createDatabase<StudioTables>(pool), 10));
}, 60_000);
beforeEach(() => database.query("delete from studio.tenants"));
afterAll(async () => {
  for (const pool of pools ?? []) await pool.end();
  await database?.stop();
});

/** A tenant with revisions that wait, each of another deployment. @param age of the first one in seconds */
async function tenant(revisions: number, age: number): Promise<string> {
  const [id, cluster] = [randomUUID(), randomUUID()];
  const deployments = Array.from({ length: revisions }, (_, index) => ({ id: randomUUID(), age: age - index }));
  const texts = [
    `insert into studio.tenants (id, name) values ('${id}', 'Tenant')`,
    `insert into studio.clusters (id, tenant_id, name, context, server, namespace, insecure, sealed, key_id, status, checked_at)
      values ('${cluster}', '${id}', 'C', 'c', 'https://c', 'c', false, '', '', 'connected', now())`,
    ...deployments.map(
      (one) => `
      insert into studio.deployments (id, tenant_id, cluster_id, project_name, namespace, revision)
        values ('${one.id}', '${id}', '${cluster}', 'P', 'p', 1);
      insert into studio.revisions (id, tenant_id, deployment_id, revision, act, sealed, key_id, objects, force,
        with_volumes, made_by, created_at) values ('${randomUUID()}', '${id}', '${one.id}', 1, 'deploy', '', '', '[]',
        false, false, '${randomUUID()}', now() - interval '${one.age} seconds')`,
    ),
  ];
  await database.query(texts.join(";"));
  return id;
}

test("a tenant with many revisions has two of them applied at a time, and another one that came later is next", async () => {
  const [many, late] = [await tenant(5, 100), await tenant(1, 10)];
  const [queue] = queues as [RevisionQueue];
  const first = await queue.claim();
  const claimed = [first, await queue.claim(), await queue.claim(), await queue.claim()];
  expect(claimed.map((one) => one?.tenantId)).toEqual([many, late, many, undefined]);
  if (first) await queue.applied(first, []);
  expect((await queue.claim())?.tenantId).toBe(many);
  expect(await queue.claim()).toBeUndefined();
});

test("pods that ask at the same time do not take more of a tenant together, nor one revision twice", async () => {
  const [many, late] = [await tenant(9, 100), await tenant(1, 10)];
  const claimed = await Promise.all(Array.from({ length: 12 }, async (_, index) => await queues[index % 2]?.claim()));
  const of = claimed.map((one) => one?.tenantId ?? "none").sort();
  expect(of).toEqual([many, many, late, ...Array.from({ length: 9 }, () => "none")].sort());
  expect(new Set(claimed.map((one) => one?.deploymentId)).size).toBe(4);
});

test("what a pod that was killed held does not count against the tenant, and is taken up", async () => {
  const many = await tenant(3, 100);
  const [queue] = queues as [RevisionQueue];
  const lost = [await queue.claim(), await queue.claim()];
  await database.query("update studio.revisions set lease_until = now() - interval '1 second'");
  const again = [await queue.claim(), await queue.claim(), await queue.claim()];
  expect(again.map((one) => one?.tenantId)).toEqual([many, many, undefined]);
  expect(again.map((one) => one?.deploymentId).slice(0, 2)).toEqual(lost.map((one) => one?.deploymentId));
});
