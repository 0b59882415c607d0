import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createApiKey, isApiKey } from "../src/api-key";
import { createApiKeyVerifier } from "../src/api-key-verifier";
import { requirePermission } from "../src/auth";

const HOLDER = {
  id: "11111111-1111-4111-8111-111111111111",
  tenantId: "22222222-2222-4222-8222-222222222222",
  role: "admin",
  scopes: ["ai.use", "of.a.later.release"],
  plan: "team",
};

const closers: (() => void)[] = [];
afterEach(() => {
  jest.restoreAllMocks();
  for (const close of closers.splice(0)) close();
});

/** A backend whose answer may change. */
async function startBackend() {
  const backend = { status: 200, body: JSON.stringify(HOLDER), asked: 0, silent: false };
  const server = createServer((_request, response) => {
    backend.asked += 1;
    if (!backend.silent) response.writeHead(backend.status, { location: "/" }).end(backend.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(backend, { url });
}

test("a key says what it is, and one that was mistyped or cut off is none", () => {
  const key = createApiKey();
  expect(key).toMatch(/^nxk_[\w-]{49}$/);
  expect(isApiKey(key)).toBe(true);
  const wrong = [
    key.slice(0, -1),
    `${key}a`,
    key.replace("nxk_", "nxx_"),
    key.toUpperCase(),
    "",
    "nxk_",
    ...Array.from(key, (letter, at) => key.slice(0, at) + (letter === "A" ? "B" : "A") + key.slice(at + 1)),
  ];
  expect(wrong.filter((text) => isApiKey(text))).toEqual([]);
});

test("the backend is asked once in 3 s for each key, and requests at the same time share the answer", async () => {
  const backend = await startBackend();
  const verify = createApiKeyVerifier(backend.url);
  const clock = jest.spyOn(performance, "now").mockReturnValue(0);
  const found = await Promise.all([verify("one"), verify("one"), verify("one")]);
  const { id: userId, tenantId, role } = HOLDER;
  expect(found[0]).toEqual({ userId, tenantId, role, email: "", scopes: ["ai.use"], plan: "team" });
  clock.mockReturnValue(2999);
  await verify("one");
  expect(backend.asked).toBe(1);
  await verify("two");
  expect(backend.asked).toBe(2);
  clock.mockReturnValue(3000);
  backend.status = 401;
  expect(await verify("one")).toBeUndefined();
  expect(backend.asked).toBe(3);
});

test.each([
  ["an error", { status: 503 }],
  ["a release that knows no keys", { status: 404 }],
  ["no JSON", { body: "<html>" }],
  ["another answer", { body: "{}" }],
  ["a redirect", { status: 302 }],
  ["nothing", { silent: true }],
])("a key that cannot be checked is 503, and is asked for again: %s", async (_what, changes) => {
  const backend = await startBackend();
  Object.assign(backend, changes);
  const verify = createApiKeyVerifier(backend.url);
  await expect(verify("one")).rejects.toMatchObject({ code: "keys_unavailable", status: 503 });
  Object.assign(backend, { status: 200, body: JSON.stringify(HOLDER), silent: false });
  expect(await verify("one")).toMatchObject({ tenantId: HOLDER.tenantId });
});

test("memory does not grow with the number of keys", async () => {
  const backend = await startBackend();
  const verify = createApiKeyVerifier(backend.url);
  jest.spyOn(performance, "now").mockReturnValue(0);
  for (let number = 0; number <= 1000; number += 1) await verify(`key ${number}`);
  await verify("key 1000");
  expect(backend.asked).toBe(1001);
  await verify("key 0");
  expect(backend.asked).toBe(1002);
});

test("a key does what both its scopes and its maker's role allow", () => {
  const forbidden = (detail: string) => expect.objectContaining({ code: "forbidden", message: detail }) as Error;
  expect(() => requirePermission({ role: "viewer", scopes: ["ai.use"] }, "ai.use")).toThrow(
    forbidden("Your role here is viewer; this needs owner, admin or member"),
  );
  expect(() => requirePermission({ role: "owner", scopes: ["ai.use"] }, "ai.read")).toThrow(
    forbidden("This API key has the scopes ai.use; this needs ai.read"),
  );
  expect(() => requirePermission({ role: "owner", scopes: ["ai.use"] }, "ai.use")).not.toThrow();
});
