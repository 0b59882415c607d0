import * as fs from "node:fs";
import {
  namedIds,
  proofOf,
  readRequirements,
  requirementsFile,
  summary,
  testsById,
} from "../../../cli/commands/requirements";

const list = readRequirements(fs.readFileSync(requirementsFile, "utf8"));
const tests = testsById();

describe("docs/requirements.md", () => {
  it("has each id of the sources once", () => {
    const sizes = { A: 64, B: 38, C: 28, D: 37, E: 30, P: 5, X: 17 };
    const all = Object.entries(sizes).flatMap(([letter, size]) =>
      Array.from({ length: size }, (_, index) => `${letter}${index + 1}`),
    );
    expect(list.map(({ id }) => id).sort()).toEqual(all.sort());
  });

  it("has a test or a note for each", () => {
    const open = list.filter(({ id, note }) => !tests.has(id) && !/^(later|not testable here): \S/.test(note));
    expect(open.map(({ id }) => id)).toEqual([]);
  });

  it("knows every id that a test names", () => {
    const known = new Set(list.map(({ id }) => id));
    const unknown = [...tests].filter(([id]) => !known.has(id));
    expect(unknown).toEqual([]);
  });
});

describe("the report", () => {
  /** Ids that are not literals here: this file would count as their test. */
  const [a, b, c, d, e] = ["A", "B", "P", "D", "X"].map((letter) => `${letter}7`);

  it("finds ids at the head of titles and in tables of cases, and nowhere else", () => {
    const titles = `describe("${a} ${b}: x"); it.each(rows)('${c}: y'); ["${d}", 1]; it(\`${e}, ${a}: z\`);`;
    const others = `"UTF8"; "see ${b}9"; "${a}x"; "as ${d} says"`;
    expect(namedIds(titles + others)).toEqual([a, b, c, d, e]);
  });

  it("names the tests of a requirement, else its note", () => {
    const markdown = `| ${a} | one |  |\n| ${b} | two | later: with x |\n| ${c} | three |  |\n| no | id | here |\n`;
    const rows = readRequirements(markdown);
    const found = new Map([[a ?? "", ["a.test.ts", "b.test.ts"]]]);
    expect(rows.map((row) => proofOf(row, found))).toEqual([
      "a.test.ts, b.test.ts",
      "later: with x",
      "neither a test nor a note",
    ]);
    expect(summary(rows, found)).toBe("1 of 3 covered, 1 later, 0 not testable here.");
  });
});
