import { createClient, startWorld, type TestKernel, type World } from "./harness";

let world: World;
let kernel: TestKernel;
const client = createClient("owner", undefined, 600);

beforeAll(async () => {
  world = await startWorld();
  const never = { answer: () => new Promise<never>(() => undefined) };
  kernel = await world.start(
    { TIMEOUT_MS: "4000", LEASE_MS: "600000", HTTP_TIMEOUT: "60000" },
    { gatewayOverrides: { resolve: never.answer } },
  );
  await client.request(kernel, "PUT", "/api/v1/tenant-settings", { httpAllow: ["never.test"] });
});
afterAll(() => world?.stop());

const BUSY = [
  ["an endless loop", "for (;;);"],
  ["a loop that cannot be interrupted", "[].includes.call({ length: 2 ** 53 - 1 }, 1)"],
  ["an answer that never ends", "({ toJSON() { for (;;); } })"],
  ["a call that is never answered", "await ext.http('http://never.test/')"],
  ["an endless chain of promises", "let p = Promise.resolve(); function g() { p = p.then(g) } g()"],
] as const;
const ENDS = [
  ["stop", "POST", "/stop", 200, "workspace_stopped"],
  ["delete", "DELETE", "", 204, "workspace_not_found"],
] as const;

test.each(
  ENDS.flatMap(([end, method, path, status, code]) =>
    BUSY.map(([busy, program]) => ({ end, method, path, status, code, busy, program })),
  ),
)("$end works within two seconds whatever a workspace does: $busy", async ({ method, path, status, code, program }) => {
  const id = await client.create(kernel);
  await client.run(kernel, id, "var kept = 1");
  // More than may wait.
  const runs = Array.from({ length: 20 }, () => client.call(kernel, "POST", `/${id}/execute`, { code: program }));
  await Promise.race(runs);
  const startedAt = performance.now();
  expect((await client.call(kernel, method, `/${id}${path}`)).status).toBe(status);
  expect(performance.now() - startedAt).toBeLessThan(2000);
  const answers = (await Promise.all(runs)).map(({ body }) => body.code);
  expect(new Set(answers)).toEqual(new Set(["workspace_busy", code]));
  if (method === "DELETE") return;
  expect((await client.call(kernel, "POST", `/${id}/resume`)).status).toBe(200);
});
