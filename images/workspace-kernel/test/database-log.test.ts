import { startPostgres, type TestPostgres } from "@nexus/testkit/postgres";
import { waitFor } from "@nexus/testkit/server-process";
import { createClient, startWorld, type World } from "./harness";

let world: World<TestPostgres>;

beforeAll(async () => {
  world = await startWorld(startPostgres);
}, 60_000);
afterAll(() => world?.stop());

/** PostgreSQL logs what it refuses, with the values: rows that are there already, and rows that break a rule. */
test("nothing that a tenant sends gets into the log of the database, whatever it sends twice, at once or in other bytes", async () => {
  const [kernel, second] = [await world.start({ TIMEOUT_MS: "10000" }), await world.start({ TIMEOUT_MS: "10000" })];
  const client = createClient();
  const id = await client.create(kernel, "secret-name");
  const settings = (at: number) =>
    client.request(
      at % 2 ? kernel : second,
      "PUT",
      "/api/v1/tenant-settings",
      { httpAllow: ["secret.example"] },
      "secret-1",
    );
  for (const { status } of await Promise.all([1, 2, 3, 4, 5, 6].map(settings))) expect(status).toBe(200);
  const created = await Promise.all(
    [kernel, second, kernel, second].map((pod) => client.call(pod, "POST", "", { name: "secret-name" }, "secret-2")),
  );
  expect(new Set(created.map(({ body }) => body.id)).size).toBe(1);
  // The snapshot takes the key while the code runs.
  const slow = "const end = Date.now() + 2000; while (Date.now() < end); 'ran'";
  const running = client.run(kernel, id, slow, "secret-3");
  const snapshot = await client.call(kernel, "POST", `/${id}/snapshots`, { name: "secret-name" }, "secret-3");
  expect(snapshot.status).toBe(201);
  expect(await running).toMatchObject({ result: "ran" });
  for (let time = 0; time < 2; time += 1) {
    const put = await client.call(kernel, "PUT", `/${id}/handlers/h`, { code: "return 'secret'" });
    expect(put).toMatchObject({ status: 200, body: { version: time + 1 } });
  }
  const strange = await client.call(kernel, "PUT", `/${id}/handlers/h`, { code: "return 'secret \u0000'" });
  expect(strange).toMatchObject({ status: 400, body: { code: "validation_failed" } });
  for (const code of [
    "emit('secret\ud800', '\u0000')",
    "state.set('secret', '\u0000\ud800')",
    "view.set('secret', '\u0000')",
  ])
    await client.run(kernel, id, code);
  await world.postgres.query("select 'the end' / 1").catch(() => undefined);
  await waitFor("the log", async () => expect(world.postgres.log()).toContain("the end"));
  expect(world.postgres.log()).not.toMatch(/secret|DETAIL.*\(/);
});
