import * as fs from "node:fs";
import {
  ids,
  problemsOf,
  proofsOf,
  readRequirements,
  report,
  repositoryFiles,
  type Requirement,
  requirementsFile,
  titlesOf,
} from "../../../cli/commands/requirements";

test("docs/requirements.md has every id once, and each proof is an existing test", () => {
  const rows = readRequirements(fs.readFileSync(requirementsFile, "utf8"));
  expect(problemsOf(rows, repositoryFiles())).toEqual([]);
});

const DECISION = "[QuickJS](decisions/0001-x.md)";
const FILES: Readonly<Record<string, string>> = {
  "tests/unit/a.test.ts": 'it("shape", () => {});',
  "images/k/test/a.test.ts": 'import { start } from "./harness"; test("runs", () => start());',
  "images/k/test/harness.ts": 'spawn("node");',
  "images/k/test/pure.test.ts": 'test("computes", () => {});',
  "tests/e2e/a.ts": 'test("works", () => {});',
  "docs/decisions/0001-x.md": "",
};

/** The register with all ids and no problem, except for this row. */
function problemsWith(row: Partial<Requirement>): string[] {
  const fine = { text: "x", state: "later", level: "definition", why: "nobody asked" };
  return problemsOf(
    ids.map((id) => ({ id, ...fine, ...(id === "A1" ? row : {}) })),
    (file) => FILES[file],
  );
}

const proven = (why: string, level = "definition") => ({ state: "proven", level, why });

test.each([
  ["a test that is there", proven("`tests/unit/a.test.ts`: shape")],
  ["two tests", proven("`tests/unit/a.test.ts`: shape<br>`tests/e2e/a.ts`: works")],
  ["behaviour on a process", proven("`images/k/test/a.test.ts`: runs", "behaviour")],
  [
    "behaviour on a process, with a value beside it",
    proven("`tests/unit/a.test.ts`: shape<br>`images/k/test/a.test.ts`: runs", "behaviour"),
  ],
  ["behaviour on a cluster", proven("`tests/e2e/a.ts`: works", "behaviour")],
  ["a decision", { state: "decided", why: DECISION }],
  ["what is missing", { state: "part", why: "No undo is run." }],
])("%s is right", (_name, row) => {
  expect(problemsWith(row)).toEqual([]);
});

test.each([
  ["a title that is gone", proven("`tests/unit/a.test.ts`: shapes"), 'has no test with the title "shapes"'],
  ["a file that is gone", proven("`tests/unit/b.test.ts`: shape"), "there is no file tests/unit/b.test.ts"],
  ["behaviour on a manifest", proven("`tests/unit/a.test.ts`: shape", "behaviour"), "none of the tests starts"],
  [
    "behaviour on a function",
    proven("`images/k/test/pure.test.ts`: computes", "behaviour"),
    "none of the tests starts",
  ],
  ["no test", proven("surely"), "give one to 3 tests"],
  ["four tests", proven(Array(4).fill("`tests/unit/a.test.ts`: shape").join("<br>")), "give one to 3 tests"],
  ["a part that counts", { state: "part", why: "`tests/unit/a.test.ts`: shape" }, "names no test"],
  ["a later that counts", { state: "later", why: "see tests/unit/a.test.ts" }, "names no test"],
  ["a later without a reason", { state: "later", why: "" }, "says what is missing"],
  ["a decision that is nowhere", { state: "decided", why: "[x](decisions/0002-y.md)" }, "links to a file"],
  ["another state", { state: "done" }, '"done" is not proven, part, decided, later'],
  ["another level", { level: "unit" }, '"unit" is not behaviour or definition'],
  ["an id that is missing", { id: "A2" }, "A1: missing"],
  ["an id that stands there twice", { id: "A2" }, "A2: appears twice"],
  ["an id of no source", { id: "A33" }, "A33: not an id of the sources"],
])("%s is a problem", (_name, row, message) => {
  expect(problemsWith(row).join("\n")).toContain(message);
});

test("titles are those of tests and of tables, as in the source, without skipped ones", () => {
  const source = [
    `it("A1: one", f); test.each([["x", f("y")]])("A2: %s", f); it.skip("A3: no", f); describe("A4", f);`,
    'test("a \\"quoted\\" one", f); test.each`a | b`(`A5: $a`, f);',
    `const rows = [["B5", "where it goes", f], [\n"B6",\n"a long row", f]]; it.each(rows)("%s: %s", f);`,
  ].join("\n");
  expect([...titlesOf(source)].sort()).toEqual(
    ["%s: %s", "A1: one", "A2: %s", "A5: $a", "B5: where it goes", "B6: a long row", 'a "quoted" one'].sort(),
  );
});

test("a row's cells may contain the separator of cells", () => {
  const [row] = readRequirements("| A1 | a \\| b | proven | definition | `f.ts`: c \\| d<br>`g.ts`: e |\n| no | row |");
  expect(row).toMatchObject({ id: "A1", text: "a | b", state: "proven", level: "definition" });
  expect(row && proofsOf(row)).toEqual([
    { file: "f.ts", title: "c | d" },
    { file: "g.ts", title: "e" },
  ]);
});

test("the report has the texts of what is not proven, and counts by state", () => {
  const row = (id: string, state: string) => ({
    id,
    text: `text of ${id}`,
    state,
    level: "behaviour",
    why: `why ${id}`,
  });
  const text = report([row("A1", "proven"), row("A2", "part"), row("A3", "later")]);
  expect(text).toContain("PART\nA2  text of A2\n      why A2\n");
  expect(text).toContain("LATER\nA3  text of A3\n      why A3\n");
  expect(text).not.toContain("A1");
  expect(text).toMatch(/\n3 requirements: 1 proven, 1 part, 0 decided, 1 later\.$/);
});
