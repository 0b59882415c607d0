import { compareSync } from "bcryptjs";
import {
  changedInputs,
  checkInputs,
  inputsOfState,
  type PasswordInputs,
} from "../../../local/toolchain/shims/random-inputs";
import {
  createPassword,
  generatePassword,
  previewPassword,
  readPassword,
  updatePassword,
} from "../../../local/toolchain/shims/random-password";
import { randomSchema } from "../../../local/toolchain/shims/random-schema";
import { secret, UNKNOWN } from "../../../local/toolchain/shims/values";

function inputsOf(news: Record<string, unknown>): PasswordInputs {
  const { inputs, failures } = checkInputs(news);
  expect(failures).toEqual([]);
  return inputs as PasswordInputs;
}

/** The engine unwraps secrets before it returns a state. */
function stateOf(outputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const plain = (value: unknown) =>
    typeof value === "object" && value !== null && "value" in value ? value.value : value;
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, plain(value)]));
}

test("P1: a password has the requested length and only the requested characters", () => {
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

test("P1: every character of the alphabet occurs about equally often", () => {
  const text = generatePassword(inputsOf({ length: 26_000, upper: false, numeric: false, special: false }));
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  expect(counts.size).toBe(26);
  // 1,000 each are expected with a standard deviation of 31: a difference of seven deviations is not chance.
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(220);
});

test("P1: the outputs carry a bcrypt hash and the completed inputs", () => {
  const outputs = createPassword(inputsOf({ length: 16 }));
  expect(outputs).toMatchObject({ length: 16, lower: true, upper: true, numeric: true, special: true, minLower: 0 });
  const { result, bcryptHash } = stateOf(outputs);
  expect(outputs).toMatchObject({ result: secret(result), bcryptHash: secret(bcryptHash) });
  expect(compareSync(result as string, bcryptHash as string)).toBe(true);
});

test.each([
  [{}, "length", "length is required"],
  [{ length: 0 }, "length", "length is 0; use a whole number of at least 1"],
  [{ length: 4, minLower: 3, minUpper: 3 }, "length", "length is 4; the minimum numbers together need 6 characters"],
  [{ length: 4, number: true, numeric: false }, "number", "number is true and numeric is false; set numeric only"],
  [{ length: 4, keepers: "a" }, "keepers", 'keepers is "a"; use a map of strings'],
  [{ length: 4, overrideSpecial: 7 }, "overrideSpecial", "overrideSpecial is 7; use a string"],
  [{ length: UNKNOWN, minLower: -1 }, "minLower", "minLower is -1; use a whole number of at least 0"],
  [
    { length: 4, lower: false, upper: false, numeric: false, special: false },
    "length",
    "at least one of lower, upper, numeric and special must be true",
  ],
  [{ length: 4, colour: "red" }, "colour", "colour is not a property of RandomPassword"],
])("inputs %j are refused", (news, property, reason) => {
  expect(checkInputs(news).failures).toContainEqual({ property, reason });
});

test("P1: a minimum also applies to a kind that is otherwise excluded", () => {
  const password = generatePassword(inputsOf({ length: 8, minNumeric: 3, numeric: false, special: false }));
  expect(password.match(/[0-9]/g)?.length).toBe(3);
});

test.each([{ number: false }, { numeric: false }, { number: false, numeric: false }])(
  "P1: the deprecated number is an alias of numeric, as input and as output: %j",
  (news) => {
    const outputs = createPassword(inputsOf({ length: 40, ...news }));
    expect(outputs).toMatchObject({ number: false, numeric: false });
    expect(stateOf(outputs).result).not.toMatch(/[0-9]/);
  },
);

test("P5: unknown inputs pass the check, and stay unknown in a preview, as the password does", () => {
  const { inputs, failures } = checkInputs({ length: UNKNOWN, numeric: UNKNOWN, keepers: { a: UNKNOWN } });
  expect(failures).toEqual([]);
  expect(previewPassword(inputs)).toMatchObject({
    length: UNKNOWN,
    numeric: UNKNOWN,
    number: UNKNOWN,
    keepers: { a: UNKNOWN },
    lower: true,
    minLower: 0,
    result: secret(UNKNOWN),
    bcryptHash: secret(UNKNOWN),
  });
});

const base = { length: 16, keepers: { a: "1", b: "2" } };
const state = stateOf(createPassword(inputsOf(base)));

test.each([
  [{ length: 17 }, "length"],
  [{ lower: false }, "lower"],
  [{ upper: false }, "upper"],
  [{ numeric: false }, "numeric"],
  [{ number: false }, "numeric"],
  [{ special: false }, "special"],
  [{ minLower: 1 }, "minLower"],
  [{ minUpper: 1 }, "minUpper"],
  [{ minNumeric: 1 }, "minNumeric"],
  [{ minSpecial: 1 }, "minSpecial"],
  [{ overrideSpecial: "_" }, "overrideSpecial"],
  [{ keepers: { a: "1", b: "3" } }, "keepers"],
  [{ keepers: undefined }, "keepers"],
  [{ length: UNKNOWN }, "length"],
  [{ keepers: UNKNOWN }, "keepers"],
  [{ keepers: { a: "1", b: UNKNOWN } }, "keepers"],
])("P4: the change %j makes a new password, because of %s", (change, property) => {
  const { inputs } = checkInputs({ ...base, ...change });
  expect(changedInputs(state, inputs)).toEqual([{ property, replaces: true }]);
});

test("P4: equal inputs change nothing, in any order", () => {
  expect(changedInputs(state, inputsOf(base))).toEqual([]);
  expect(changedInputs(state, inputsOf({ ...base, keepers: { b: "2", a: "1" } }))).toEqual([]);
});

test("P4: an older state without the output number gets it, and keeps its password", () => {
  const { number: _, ...older } = state;
  expect(changedInputs(older, inputsOf(base))).toEqual([{ property: "number", replaces: false }]);
  expect(stateOf(updatePassword(older, inputsOf(base)))).toEqual(state);
});

test("P1: the schema has every input and output, and marks the password as secret", () => {
  expect(randomSchema()).toMatchObject({ name: "random", version: "4.21.2" });
  const { properties, inputProperties } = Object.values(
    (randomSchema() as { resources: Record<string, { properties: object; inputProperties: object }> }).resources,
  )[0]!;
  expect(Object.keys(properties).sort()).toEqual([...Object.keys(state), "overrideSpecial"].sort());
  expect(properties).toMatchObject({ result: { secret: true }, bcryptHash: { secret: true } });
  expect(checkInputs(Object.fromEntries(Object.keys(inputProperties).map((name) => [name, UNKNOWN]))).failures).toEqual(
    [],
  );
});

test("P4: an empty override or keeper keeps the password", () => {
  const inputs = inputsOf({ ...base, overrideSpecial: "" });
  expect(changedInputs(state, inputs)).toEqual([{ property: "overrideSpecial", replaces: false }]);
  expect(stateOf(updatePassword(state, inputs))).toEqual({ ...state, overrideSpecial: "" });
  const plain = stateOf(createPassword(inputsOf({ length: 16 })));
  expect(changedInputs(plain, inputsOf({ length: 16, keepers: {} })).every(({ replaces }) => !replaces)).toBe(true);
});

test("P4: a password is read from its state, and imported by its value", () => {
  expect(stateOf(readPassword("none", state).outputs)).toEqual(state);
  const { inputs, outputs } = readPassword("correct horse", {});
  expect(stateOf(outputs)).toMatchObject({ result: "correct horse", length: 13, number: true, minSpecial: 0 });
  expect(compareSync("correct horse", stateOf(outputs).bcryptHash as string)).toBe(true);
  expect(inputs).toEqual(inputsOfState({ length: 13 }));
  expect(() => readPassword("none", {})).toThrow("Fix: give the password as the id.");
});
