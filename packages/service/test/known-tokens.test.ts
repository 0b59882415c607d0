import { createTokenSigner } from "@nexus/testkit/tokens";
import { createTokenVerifier, type Principal } from "../src";
import { rememberValid } from "../src/known-tokens";

const KEY = "k".repeat(32);
const principal: Principal = {
  userId: "8b0c3a2e-1111-4222-8333-444455556666",
  tenantId: "8b0c3a2e-1111-4222-8333-444455557777",
  role: "owner",
  email: "a@example.com",
};

afterEach(() => void jest.useRealTimers());

function tokens(count: number): string[] {
  const sign = createTokenSigner(KEY, 60);
  return Array.from({ length: count }, (_, index) => sign({ ...principal, email: `${index}@example.com` }));
}

test("an accepted token is remembered, and refused after it expires", async () => {
  const verify = createTokenVerifier([KEY]);
  const [token = ""] = tokens(1);
  expect(await verify(token)).toEqual(principalOf(0));
  expect(verify(token)).toEqual(principalOf(0));
  jest.useFakeTimers({ now: Date.now() + 61_000, doNotFake: ["nextTick", "queueMicrotask", "setImmediate"] });
  expect(await verify(token)).toBeUndefined();
});

test.each([
  { iss: undefined },
  { iss: "other" },
  { aud: undefined },
  { aud: "other" },
  { exp: undefined },
  { sub: undefined },
  { tid: undefined },
])("a token of the platform's own key is accepted only with all claims of the platform: %j", async (other) => {
  const verify = createTokenVerifier([KEY]);
  expect(await verify(createTokenSigner(KEY, 60, {})(principal))).toEqual(principal);
  expect(await verify(createTokenSigner(KEY, 60, other)(principal))).toBeUndefined();
});

test("a valid token is verified once, an invalid one each time", async () => {
  const verify = jest.fn(async (token: string) => (token.startsWith("a.") ? undefined : principal));
  const known = rememberValid(verify);
  const [token = ""] = tokens(1);
  for (const one of [token, token, "a.b.c", "a.b.c"]) await known(one);
  expect(verify.mock.calls.flat()).toEqual([token, "a.b.c", "a.b.c"]);
});

test("beyond the maximum of remembered tokens, the oldest are verified again", async () => {
  const verify = jest.fn(async () => principal);
  const known = rememberValid(verify);
  const all = tokens(1001);
  for (const token of all) await known(token);
  expect(verify).toHaveBeenCalledTimes(1001);
  await known(all.at(-1) ?? "");
  expect(verify).toHaveBeenCalledTimes(1001);
  await known(all[0] ?? "");
  expect(verify).toHaveBeenCalledTimes(1002);
});

function principalOf(index: number): Principal {
  return { ...principal, email: `${index}@example.com` };
}
