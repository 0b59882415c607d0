import {
  changedInputs,
  checkInputs,
  createPassword,
  generatePassword,
} from "../../../local/toolchain/shims/random-password";

function inputsOf(news: Record<string, unknown>) {
  const { inputs, failures } = checkInputs(news);
  expect(failures).toEqual([]);
  return inputs;
}

test("P1: a password has the asked-for length and only the asked-for characters", () => {
  const password = generatePassword(inputsOf({ length: 64, special: false }));
  expect(password).toMatch(/^[A-Za-z0-9]{64}$/);
});

test("P1: minima are met, and overrideSpecial replaces the special characters", () => {
  const password = generatePassword(
    inputsOf({ length: 12, minSpecial: 4, minNumeric: 4, minUpper: 4, overrideSpecial: "_" }),
  );
  expect(password.match(/_/g)?.length).toBe(4);
  expect(password.match(/[0-9]/g)?.length).toBe(4);
  expect(password.match(/[A-Z]/g)?.length).toBe(4);
});

test("P1: every character of the alphabet comes up about equally often", () => {
  const text = generatePassword(inputsOf({ length: 26_000, upper: false, numeric: false, special: false }));
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  expect(counts.size).toBe(26);
  // Expected 1,000 each with a standard deviation of 31: seven of them are out of reach of chance.
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(220);
});

test("P1: the outputs carry a bcrypt hash and the completed inputs", () => {
  const outputs = createPassword(inputsOf({ length: 16 }));
  expect(outputs).toMatchObject({ length: 16, lower: true, upper: true, numeric: true, special: true, minLower: 0 });
  expect(outputs.bcryptHash).toMatch(/^\$2[aby]\$10\$/);
});

test.each([
  [{}, "length", "length is required"],
  [{ length: 0 }, "length", "length is 0; use a whole number of at least 1"],
  [{ length: 4, minLower: 3, minUpper: 3 }, "length", "length is 4; the minima together ask for 6 characters"],
  [{ length: 4, minSpecial: 1, special: false }, "minSpecial", "minSpecial is 1, but special is false"],
  [
    { length: 4, lower: false, upper: false, numeric: false, special: false },
    "length",
    "at least one of lower, upper, numeric and special must be true",
  ],
  [{ length: 4, colour: "red" }, "colour", "colour is no property of RandomPassword"],
])("inputs %j are refused", (news, property, reason) => {
  expect(checkInputs(news).failures).toContainEqual({ property, reason });
});

test("P4: any changed input makes a new password, also a keeper, and equal ones do not", () => {
  const olds = createPassword(inputsOf({ length: 16, keepers: { a: "1" } }));
  expect(changedInputs({ ...olds }, inputsOf({ length: 16, keepers: { a: "1" } }))).toEqual([]);
  expect(changedInputs({ ...olds }, inputsOf({ length: 16, keepers: { a: "2" } }))).toEqual(["keepers"]);
  expect(changedInputs({ ...olds }, inputsOf({ length: 17, keepers: { a: "1" }, special: false }))).toEqual([
    "length",
    "special",
  ]);
});
