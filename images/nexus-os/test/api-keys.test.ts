import { API_KEY_CHECK_PATH, createApiKey } from "@nexus/service";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { NexusOs } from "../src/nexus-os";
import { Harness, newTenant } from "./harness";

let harness: Harness;
let service: NexusOs;
let backend: Server;
let status = 200;

beforeAll(async () => {
  const { tenantId } = newTenant();
  const body = JSON.stringify({ id: tenantId, tenantId, role: "owner", scopes: ["ai.read"] });
  backend = createServer(({ url }, response) => {
    const [code, text] = url === API_KEY_CHECK_PATH ? [status, body] : [404, "{}"];
    response.writeHead(code).end(text);
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
