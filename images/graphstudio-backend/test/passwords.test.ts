import { verify } from "@node-rs/argon2";
import { isGuessable } from "../src/accounts/guessable";
import { hashPassword, PasswordChecker } from "../src/accounts/passwords";

jest.mock("@node-rs/argon2", () => {
  const actual = jest.requireActual<{ verify: typeof verify }>("@node-rs/argon2");
  return { ...actual, verify: jest.fn(actual.verify) };
});

const COST = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/;

test("only the right password of a known account is accepted", async () => {
  const checker = new PasswordChecker();
  const hash = await hashPassword("correct horse battery");
  expect(await checker.check("correct horse battery", hash)).toBe(true);
  expect(await checker.check("correct horse", hash)).toBe(false);
});

test("an unknown account costs one verification at full cost, so time tells nobody which accounts exist", async () => {
  const checker = new PasswordChecker();
  jest.mocked(verify).mockClear();
  expect(await checker.check("no account has this password", undefined)).toBe(false);
  expect(verify).toHaveBeenCalledTimes(1);
  expect(jest.mocked(verify).mock.calls[0]?.[0]).toMatch(COST);
});

test.each([
  "aaaaaaaaaaaa",
  "abcabcabcabcabc",
  "letmeinletmein",
  "abcdefghijklmnop",
  "98765432109876",
  "12345678901234567",
  "Password1234",
  "administrator",
  "1q2w3e4r5t6y",
])("a password that is tried first is guessable: %s", (password) => {
  expect(isGuessable(password)).toBe(true);
});

test.each(["correct horse battery staple", "abcdefghijklnm", "Tr0ub4dor&3xyz"])(
  "a password in no list, without repetition or sequence, is not guessable: %s",
  (password) => {
    expect(isGuessable(password)).toBe(false);
  },
);
