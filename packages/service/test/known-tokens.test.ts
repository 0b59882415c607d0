import { createTokenSigner, createTokenVerifier, type Principal } from "../src";
import { rememberValid } from "../src/known-tokens";

const KEY = "k".repeat(32);
const principal: Principal = {
  userId: "8b0c3a2e-1111-4222-8333-444455556666",
  tenantId: "8b0c3a2e-1111-4222-8333-444455557777",
  role: "owner",
  email: "a@example.com",
};

afterEach(() => void jest.restoreAllMocks());

function tokens(count: number): string[] {
  const sign = createTokenSigner(KEY, 60);
  return Array.from({ length: count }, (_, index) => sign({ ...principal, email: `${index}@example.com` }));
}

test("a token that was accepted is refused from its end on", () => {
  const verify = createTokenVerifier([KEY]);
  const [token = ""] = tokens(1);
  expect(verify(token)).toEqual(principalOf(0));
  expect(verify(token)).toEqual(principalOf(0));
  jest.spyOn(Date, "now").mockReturnValue(Date.now() + 61_000);
  expect(verify(token)).toBeUndefined();
});

test("a token is verified once, one that is not valid each time", () => {
  const verify = jest.fn((token: string) => (token.startsWith("a.") ? undefined : principal));
  const known = rememberValid(verify);
  const [token = ""] = tokens(1);
  for (const one of [token, token, "a.b.c", "a.b.c"]) known(one);
  expect(verify.mock.calls.flat()).toEqual([token, "a.b.c", "a.b.c"]);
});

test("of more tokens than are remembered, the oldest are verified again", () => {
  const verify = jest.fn(() => principal);
  const known = rememberValid(verify);
  const all = tokens(1001);
  for (const token of all) known(token);
  expect(verify).toHaveBeenCalledTimes(1001);
  known(all.at(-1) ?? "");
  expect(verify).toHaveBeenCalledTimes(1001);
  known(all[0] ?? "");
  expect(verify).toHaveBeenCalledTimes(1002);
});

function principalOf(index: number): Principal {
  return { ...principal, email: `${index}@example.com` };
}
