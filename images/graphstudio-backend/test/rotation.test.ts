import { createDatabase, createPool, jwtKeys } from "@nexus/service";
import type { Backend } from "../src/backend";
import { createReencryption } from "../src/reencryption";
import { BackendWorld } from "./backend-world";
import { addCluster, CLUSTERS, FakeCluster, here, idOf, owner, type Person } from "./cluster-world";

const keyOf = (generation: number) => `a-signing-key-of-generation-${generation}-of-the-tests`;
/** What the Secret has for pods after a rotation. */
const keysAt = (rotation: number) => ({
  JWT_SECRET: keyOf(rotation),
  JWT_SECRET_KEY_PREVIOUS: keyOf(rotation - 1),
  JWT_SECRET_KEY_NEXT: keyOf(rotation + 1),
});

let cluster: FakeCluster;
let world: BackendWorld;
/** Pods of the second and of the third rotation. */
let before: Backend;
let after: Backend;
beforeAll(async () => {
  cluster = await FakeCluster.start();
  world = await BackendWorld.start({ CLUSTER_PORTS: String(cluster.port), ...keysAt(2) }, here);
  before = world.backend;
  after = await podAt(3);
});
afterAll(async () => {
  cluster?.stop();
  await stop(after);
  await world?.stop();
});

const podAt = (rotation: number) => world.startBackend({ CLUSTER_PORTS: String(cluster.port), ...keysAt(rotation) });

async function stop(pod?: Backend): Promise<void> {
  await pod?.app.close();
  await pod?.close();
}

const statusOf = async ({ browser }: Person, id: string) =>
  (await browser.ask("POST", `${CLUSTERS}/${id}/check`)).body.status;

/** Ids of keys that something in the database is encrypted with, in whatever table. */
async function keyIds(): Promise<string[]> {
  const tables = await world.postgres.query(
    `select table_name as name from information_schema.columns
     where table_schema = 'studio' and column_name = 'key_id' and table_name <> 'second_factors'`,
  );
  expect(tables.length).toBeGreaterThan(2);
  const parts = tables.map(({ name }) => `select key_id from studio.${String(name)}`);
  return (await world.postgres.query(parts.join(" union "))).map(({ key_id: id }) => String(id)).sort();
}

/** The work of the Job before the pods of a rotation start. */
async function job(rotation: number): Promise<void> {
  const pool = createPool(world.postgres.settings, world.log.log);
  const env = { ...keysAt(rotation), JWT_SECRET_KEY_RETIRED: keyOf(rotation - 2) };
  expect(jwtKeys(env)).not.toContain(env.JWT_SECRET_KEY_RETIRED);
  await createReencryption(createDatabase(pool), env, world.log.log).run();
  await pool.end();
}

async function reencrypted(): Promise<object[]> {
  const rows = await world.postgres.query("select line from studio.audit_rows where chain = 'platform' order by seq");
  return rows
    .map(({ line }) => JSON.parse(String(line)) as { act: string; target: object })
    .filter(({ act }) => act === "secrets.reencrypted")
    .map(({ target }) => target);
}

/** Somebody with a cluster and a setting, which the present pod encrypted. */
async function withCluster(): Promise<{ person: Person; id: string }> {
  const person = await owner(world);
  expect((await person.browser.ask("PUT", "/api/settings/DB_PASSWORD", { value: "secret" })).status).toBe(204);
  return { person, id: idOf(await addCluster(person, cluster.kubeconfig())) };
}

test("A32: pods of two generations accept each other's tokens and read what the other encrypted", async () => {
  for (const [one, other] of [
    [before, after],
    [after, before],
  ] as const) {
    const { person, id } = await world.at(one, withCluster);
    expect(await world.at(other, () => statusOf(person, id))).toBe("connected");
  }
});

test("A32: a rotation leaves nothing that only a key decrypts that goes, and tells how much it encrypted again", async () => {
  await job(3);
  const told = await reencrypted();
  expect(told).toEqual([
    {
      "studio.clusters": 1,
      "studio.project_versions": 0,
      "studio.revisions": 0,
      "studio.settings": 1,
      "studio.second_factors": 0,
    },
  ]);
  const present = await keyIds();
  expect(present).toHaveLength(1);
  await job(3);
  expect(await reencrypted()).toEqual(told);
  // A pod of the former generation that still runs adds one, and leaves the others alone.
  jest.useFakeTimers({ doNotFake: ["Date", "nextTick", "queueMicrotask", "setImmediate", "setTimeout", "hrtime"] });
  try {
    const old = await podAt(2);
    await world.at(old, withCluster);
    jest.advanceTimersByTime(60_000);
    await stop(old);
  } finally {
    jest.useRealTimers();
  }
  expect(await keyIds()).toHaveLength(2);
  // The next rotation finds it, although its pods do not know the key any more.
  await job(4);
  const left = await keyIds();
  expect(left).toHaveLength(1);
  expect(left).not.toEqual(present);
});

test("A32: tokens of a key are refused after the rotation that ends it, and what it had encrypted is still read", async () => {
  const { person, id } = await world.at(before, withCluster);
  await job(4);
  const next = await podAt(4);
  try {
    await world.at(next, async () => {
      expect((await person.browser.ask("GET", CLUSTERS)).status).toBe(401);
      await person.browser.logIn();
      expect(await statusOf(person, id)).toBe("connected");
    });
  } finally {
    await stop(next);
  }
});
