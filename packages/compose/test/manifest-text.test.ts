import { parse } from "yaml";
import { manifestText } from "../src/manifest-text";

/** Texts that kubectl's YAML parser reads as booleans, null or numbers. */
const TAKEN_BY_KUBECTL =
  /^(y|yes|n|no|on|off|true|false|~|null|[-+]?(0[xob][\da-f_]+|\.?\d[\d_]*(?:\.[\d_]*)?(e[-+]?[\d_]+)?|\.inf)|\.nan|<<|=|\d{4}-\d\d?-\d\d?.*|\d+(:\d+)+)?$/i;
const texts = [
  "yes",
  "no",
  "on",
  "off",
  "y",
  "n",
  "Y",
  "NO",
  "True",
  "~",
  "null",
  "Null",
  "",
  "<<",
  "=",
  "0777",
  "0o14",
  "0O14",
  "0x1F",
  "0X1F",
  "0b11",
  "0B11",
  "1_000",
  "0o7_7",
  "-12",
  "+1",
  "12:30:45",
  "190:20:30",
  "1e3",
  "1E3_0",
  "1.",
  ".5",
  ".inf",
  "-.INF",
  ".NaN",
  "2001-01-01",
  "089",
  "12e03",
];
const object = (of: Record<string, unknown>) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a" },
  ...of,
});

test.each(texts)("E5 E22: the text %j is in quotes, as a value, an item and a key", (text) => {
  expect(text).toMatch(TAKEN_BY_KUBECTL);
  const given = object({ data: { a: text, [text]: "x" }, args: [text] });
  const written = manifestText(given);
  const plain = written
    .split("\n")
    .flatMap((line) => /^ *(?:- )?(?:a: )?([^" ]*?)(?::(?: x)?)?$/.exec(line)?.[1] ?? []);
  expect(plain.filter((word) => word === text && word !== "")).toEqual([]);
  for (const version of ["1.1", "1.2"] as const) expect(parse(written, { version, merge: false })).toEqual(given);
});

test("numbers, booleans and null stay what they are, and other texts have no quotes", () => {
  const given = object({ data: { a: 1, b: true, c: null, d: "app:1.2.3", e: "10.0.0.1", f: "100m", g: "now" } });
  expect(manifestText(given)).toContain(
    "a: 1\n  b: true\n  c: null\n  d: app:1.2.3\n  e: 10.0.0.1\n  f: 100m\n  g: now\n",
  );
});

test("the same list twice is written twice, in the order of its keys, on lines of any length", () => {
  const list = ["x ".repeat(100) + "x"];
  expect(manifestText(object({ z: list, b: list }))).toContain(`z:\n  - ${list[0]}\nb:\n  - ${list[0]}\n`);
});
