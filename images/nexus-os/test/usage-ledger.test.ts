import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AI_USAGE_PATH, aiUsageReport } from "@nexus/service";
import { waitFor } from "@nexus/testkit/server-process";
import { Harness, newTenant, type Tenant, user } from "./harness";

/** "Hi" counts 5, so one request reserves 45; the provider then says 18. */
const request = { ...user("Hi"), maxTokens: 40 };

let harness: Harness;
let server: Server;
let settings: Record<string, string>;
/** What the backend knows; it keeps the largest total, as the real one does. */
const known = new Map<string, number>();
let away = false;

beforeAll(async () => {
  server = createServer((incoming, response) => {
    let text = "";
    incoming.on("data", (chunk: Buffer) => (text += chunk.toString()));
    incoming.on("end", () => {
      if (incoming.url !== AI_USAGE_PATH) return response.writeHead(404).end("{}");
      if (away) return response.writeHead(503).end("{}");
      const days = aiUsageReport.parse(JSON.parse(text)).days.map(({ tenantId, day, tokens }) => {
        const total = Math.max(tokens, known.get(tenantId) ?? 0);
        known.set(tenantId, total);
        return { tenantId, day, tokens: total };
      });
      return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ days }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  settings = { API_KEYS_URL: `http://127.0.0.1:${port}`, AI_BUDGET_TOKENS_PER_DAY: "100" };
  harness = await Harness.start();
}, 20_000);
afterAll(async () => {
  await harness?.stop();
  server?.close();
});

const reported = (tenant: Tenant, tokens: number) =>
  waitFor(`the backend knows ${tokens} tokens`, async () => expect(known.get(tenant.tenantId)).toBe(tokens));

test("the backend learns what was used, once, from whichever pod is left", async () => {
  const [first, second] = [await harness.service(settings), await harness.service(settings)];
  const tenant = newTenant();
  expect((await harness.post(first, tenant, request)).status).toBe(200);
  // As if the pod were killed before it reported.
  await first.close();
  await reported(tenant, 18);
  expect((await harness.post(second, tenant, request)).status).toBe(200);
  await reported(tenant, 36);
  expect(await harness.usage(second, tenant)).toMatchObject({ usedTokens: 36, source: "shared" });
});

test("Redis that lost its memory goes on from what the backend knows, and the limit holds before work", async () => {
  const service = await harness.service(settings);
  const tenant = newTenant();
  for (let count = 0; count < 3; count += 1) await harness.post(service, tenant, request);
  await reported(tenant, 54);
  await harness.redis.halt();
  await harness.redisUp(service, 0);
  await harness.redis.resume();
  await harness.redisUp(service, 1);
  expect(await harness.usage(service, tenant)).toMatchObject({ usedTokens: 54, source: "shared" });
  expect((await harness.post(service, tenant, request)).status).toBe(200);
  const asked = harness.upstream.requests.length;
  expect(await harness.post(service, tenant, request)).toMatchObject({
    status: 429,
    body: { code: "budget_exhausted", usedTokens: 72 },
  });
  expect(harness.upstream.requests).toHaveLength(asked);
  await reported(tenant, 72);
});

test("while the backend is away answers go on, and are counted once when it is back", async () => {
  const service = await harness.service(settings);
  const tenant = newTenant();
  away = true;
  for (let count = 0; count < 2; count += 1) expect((await harness.post(service, tenant, request)).status).toBe(200);
  expect(await harness.usage(service, tenant)).toMatchObject({ usedTokens: 36 });
  expect(known.has(tenant.tenantId)).toBe(false);
  away = false;
  await reported(tenant, 36);
  expect((await harness.post(service, tenant, request)).status).toBe(200);
  await reported(tenant, 54);
  expect(await harness.usage(service, tenant)).toMatchObject({ usedTokens: 54 });
});
