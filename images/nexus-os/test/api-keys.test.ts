import { API_KEY_CHECK_PATH, createApiKey, denialBatch, DENIALS_PATH } from "@nexus/service";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { NexusOs } from "../src/nexus-os";
import { Harness, newTenant } from "./harness";

let harness: Harness;
let service: NexusOs;
let backend: Server;
let status = 200;
const reports: string[] = [];
const holder = newTenant().tenantId;

beforeAll(async () => {
  const body = JSON.stringify({ id: holder, tenantId: holder, role: "owner", scopes: ["ai.read"] });
  backend = createServer((request, response) => {
    if (request.url === DENIALS_PATH) request.on("data", (chunk: Buffer) => reports.push(chunk.toString()));
    const [code, text] = request.url === API_KEY_CHECK_PATH ? [status, body] : [404, "{}"];
    request.on("end", () => response.writeHead(code).end(text)).resume();
  });
  await new Promise<void>((resolve) => backend.listen(0, "127.0.0.1", resolve));
  harness = await Harness.start();
  const { port } = backend.address() as AddressInfo;
  service = await harness.service({ API_KEYS_URL: `http://127.0.0.1:${port}` });
}, 20_000);

afterAll(async () => {
  backend?.close();
  await harness?.stop();
});

async function ask(key: string, method: "GET" | "POST", path: string) {
  const headers = { authorization: `Bearer ${key}` };
  const answer = await service.app.inject({ method, url: `/ai/v1/${path}`, headers });
  return { status: answer.statusCode, code: answer.json<{ code?: string }>().code };
}

test("an API key does what its scopes name, and nothing once the backend does not know it", async () => {
  const key = createApiKey();
  expect((await ask(key, "GET", "models")).status).toBe(200);
  expect(await ask(key, "POST", "chat")).toEqual({ status: 403, code: "forbidden" });
  status = 401;
  expect(await ask(createApiKey(), "GET", "models")).toEqual({ status: 401, code: "unauthorized" });
  status = 500;
  expect(await ask(createApiKey(), "GET", "models")).toEqual({ status: 503, code: "keys_unavailable" });
});

test("what the AI service denies is reported for the trail of the tenant", async () => {
  status = 200;
  expect((await ask(createApiKey(), "POST", "chat")).status).toBe(403);
  await service.close();
  expect(denialBatch.parse(JSON.parse(reports.join(""))).denials).toMatchObject([
    { tenantId: holder, actor: holder, act: "POST /ai/v1/chat", target: {} },
  ]);
});
