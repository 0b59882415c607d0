import { BackendWorld, KEY } from "./backend-world";
import { addCluster, CLUSTERS, FakeCluster, here, idOf, owner } from "./cluster-world";

let cluster: FakeCluster;
let world: BackendWorld;
beforeAll(async () => {
  cluster = await FakeCluster.start();
  world = await BackendWorld.start({ CLUSTER_PORTS: String(cluster.port) }, here);
});
afterAll(async () => {
  cluster?.stop();
  await world?.stop();
});

/** What follows is asked of a pod with other keys. */
async function withKeys<T>(keys: Record<string, string>, work: () => Promise<T>): Promise<T> {
  const was = world.backend;
  world.backend = await world.startBackend({ CLUSTER_PORTS: String(cluster.port), ...keys });
  try {
    return await work();
  } finally {
    await world.backend.app.close();
    await world.backend.close();
    world.backend = was;
  }
}

/** The work's pods do what they do each minute when it says so. */
async function withMinutes(work: (minute: () => void) => Promise<void>): Promise<void> {
  jest.useFakeTimers({ doNotFake: ["Date", "nextTick", "queueMicrotask", "setImmediate", "setTimeout", "hrtime"] });
  try {
    await work(() => jest.advanceTimersByTime(60_000));
  } finally {
    jest.useRealTimers();
  }
}

test("clusters that nobody checked for 15 minutes are checked again, except those of suspended tenants", async () => {
  const [ada, eve, bob] = [await owner(world), await owner(world), await owner(world)];
  const added = [await addCluster(ada, cluster.kubeconfig()), await addCluster(eve, cluster.kubeconfig())];
  const [old = "", suspended = ""] = added.map(idOf);
  const young = idOf(await addCluster(bob, cluster.kubeconfig()));
  const age = (id: string, minutes: number) =>
    world.postgres.query(
      `update studio.clusters set checked_at = now() - make_interval(mins => ${minutes}) where id = '${id}'`,
    );
  const stateOf = async (id: string) => {
    const [row] = await world.postgres.query(`select status, checked_at from studio.clusters where id = '${id}'`);
    return { status: row?.status as string, at: (row?.checked_at as Date).getTime() };
  };
  const becomes = async (status: string) => {
    while ((await stateOf(old)).status !== status) await new Promise(setImmediate);
  };
  await world.postgres.query(
    `update studio.tenants set suspended_reason = 'abuse', suspended_at = now() where id = '${eve.tenantId}'`,
  );
  await age(suspended, 20);
  await age(young, 14);
  const before = [await stateOf(suspended), await stateOf(young)];
  await withMinutes(async (minute) => {
    await withKeys({}, async () => {
      for (const [mode, status] of [
        ["strange", "unreachable"],
        ["well", "connected"],
      ] as const) {
        cluster.mode = mode;
        await age(old, 16);
        const asked = Date.now() - 60_000;
        minute();
        await becomes(status);
        expect((await stateOf(old)).at).toBeGreaterThan(asked);
      }
    });
  });
  expect([await stateOf(suspended), await stateOf(young)]).toEqual(before);
});

test("during a rotation of the key kubeconfigs are opened with both, and encrypted with the new one", async () => {
  const NEW = "a-newer-signing-key-of-the-backend-tests";
  const ada = await owner(world);
  const path = `${CLUSTERS}/${idOf(await addCluster(ada, cluster.kubeconfig()))}`;
  const check = async () => {
    await ada.browser.logIn();
    return (await ada.browser.ask("POST", `${path}/check`)).body;
  };
  await withMinutes(async (minute) => {
    await withKeys({ JWT_SECRET: NEW, JWT_SECRET_KEY_PREVIOUS: KEY }, async () => {
      expect((await check()).status).toBe("connected");
      const keyIds = async () =>
        (await world.postgres.query("select distinct key_id from studio.clusters")).map(({ key_id: id }) => id);
      const [before] = await keyIds();
      minute();
      while ((await keyIds()).length !== 1 || (await keyIds())[0] === before) await new Promise(setImmediate);
    });
  });
  await withKeys({ JWT_SECRET: NEW }, async () => expect((await check()).status).toBe("connected"));
  expect(await check()).toMatchObject({
    status: "unauthorized",
    status_reason: "its credentials cannot be decrypted: the key is gone; remove the cluster and add it again",
  });
});
