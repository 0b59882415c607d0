import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { keyScopes, may, type Permission, type Role, roles } from "@nexus/contract";
import { API_KEY_CHECK_PATH, createApiKey } from "@nexus/service";
import { naming } from "@nexus/testkit/naming-tenant";
import { documentedRoutes, registeredRoutes, SYSTEM_ROUTES } from "@nexus/testkit/registered-routes";
import { createTokenSigner } from "@nexus/testkit/tokens";
import type { NexusOs } from "../src/nexus-os";
import { Harness, JWT_KEY, newTenant } from "./harness";

/** What each route needs, and a request that is valid. */
const needs: Readonly<Record<string, { readonly permission: Permission; readonly payload?: object }>> = {
  "POST /ai/v1/chat": { permission: "ai.use", payload: { messages: [{ role: "user", content: "Hi" }] } },
  "POST /ai/v1/completion": { permission: "ai.use", payload: { prompt: "Hi" } },
  "GET /ai/v1/usage": { permission: "ai.read" },
  "GET /ai/v1/models": { permission: "ai.read" },
};

let harness: Harness;
let service: NexusOs;
let backend: Server;
let holder: { readonly role: Role; readonly scopes: readonly Permission[] };

beforeAll(async () => {
  const id = randomUUID();
  backend = createServer(({ url }, response) => {
    const isCheck = url === API_KEY_CHECK_PATH;
    response.writeHead(isCheck ? 200 : 404).end(isCheck ? JSON.stringify({ id, tenantId: id, ...holder }) : "{}");
  });
  await new Promise<void>((resolve) => backend.listen(0, "127.0.0.1", resolve));
  harness = await Harness.start();
  const { port } = backend.address() as AddressInfo;
  service = await harness.service({ API_KEYS_URL: `http://127.0.0.1:${port}` });
});
afterAll(async () => {
  backend?.close();
  await harness?.stop();
});

async function ask(route: string, token: string | undefined) {
  const [method = "", url = ""] = route.split(" ");
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const payload = needs[route]?.payload;
  const answer = await service.app.inject({ method: method as "GET", url, headers, ...(payload && { payload }) });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}

const tokenOf = (role: Role, tenantId: string = randomUUID()) =>
  createTokenSigner(JWT_KEY, 300)({ tenantId, userId: randomUUID(), role, email: "a@example.com" });

test("the matrix names every registered route of the AI service", () => {
  expect(registeredRoutes(service.app).sort()).toEqual([...Object.keys(needs), ...SYSTEM_ROUTES].sort());
  expect(documentedRoutes(service.app).sort()).toEqual([...Object.keys(needs), "GET /health"].sort());
});

test.each(roles)("every route of the AI service, as %s: what the table of roles says", async (role) => {
  const wrong: string[] = [];
  for (const [route, { permission }] of Object.entries(needs)) {
    const { status, body } = await ask(route, tokenOf(role));
    const expected = may(role, permission) ? 200 : 403;
    if (status !== expected) wrong.push(`${route}: ${status} ${JSON.stringify(body)}`);
    const nobody = await ask(route, undefined);
    if (nobody.status !== 401) wrong.push(`${route} without a token: ${nobody.status}`);
  }
  expect(wrong).toEqual([]);
});

test.each(keyScopes)("every route of the AI service, with a key of the scope %s: that and no more", async (scope) => {
  const wrong: string[] = [];
  for (const role of roles) {
    holder = { role, scopes: [scope] };
    for (const [route, { permission }] of Object.entries(needs)) {
      const { status } = await ask(route, createApiKey());
      const expected = scope === permission && may(role, permission) ? 200 : 403;
      if (status !== expected) wrong.push(`${route} of a key of ${role}: ${status}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("what a tenant asked and used is not there for another one", async () => {
  const [own, foreign] = [newTenant().tenantId, newTenant().tenantId];
  const body = { messages: [{ role: "user", content: "Hi" }], temperature: 0 };
  const chat = async (tenantId: string) => {
    const headers = { authorization: `Bearer ${tokenOf("owner", tenantId)}` };
    const answer = await service.app.inject({ method: "POST", url: "/ai/v1/chat", headers, payload: body });
    return answer.json<{ cached: boolean }>().cached;
  };
  expect([await chat(own), await chat(own), await chat(foreign)]).toEqual([false, true, false]);
  const third = await ask("GET /ai/v1/usage", tokenOf("owner"));
  expect(third.body).toMatchObject({ usedTokens: 0 });
});

test("a header, query or body that names another tenant changes no answer, on every route of the AI service", async () => {
  const [own, foreign] = [newTenant(), newTenant()];
  const named = naming(foreign.tenantId, foreign.userId);
  const budget = async ({ authorization }: { readonly authorization: string }) =>
    (await service.app.inject({ url: "/ai/v1/usage", headers: { authorization } })).json<{ usedTokens: number }>();
  expect((await ask("POST /ai/v1/chat", foreign.authorization.replace("Bearer ", ""))).status).toBe(200);
  const { usedTokens } = await budget(foreign);
  expect(usedTokens).toBeGreaterThan(0);
  for (const [route, { payload }] of Object.entries(needs)) {
    const [method = "", url = ""] = route.split(" ");
    const headers = { ...named.headers, authorization: own.authorization };
    const request = { method: method as "GET", url: named.addQuery(url), headers };
    const answer = await service.app.inject({ ...request, ...(payload && { payload }) });
    expect(`${route} ${answer.statusCode}`).toBe(`${route} 200`);
    if (route === "GET /ai/v1/usage") expect(answer.json()).not.toMatchObject({ usedTokens });
    if (!payload) continue;
    const named400 = await service.app.inject({ ...request, payload: { ...payload, ...named.fields } });
    expect(`${route} ${named400.statusCode}`).toBe(`${route} 400`);
  }
  expect(await budget(foreign)).toMatchObject({ usedTokens });
  expect((await budget(own)).usedTokens).toBeGreaterThan(0);
});
