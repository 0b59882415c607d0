import { randomUUID } from "node:crypto";
import { MAX_CELL_BYTES } from "../src/document/cell";
import { type FileCell, readFile, writeFile } from "../src/document/file";
import { readDocumentFile, writeDocumentFile } from "../src/document/formats";

const ID = "0b5f8c1e-0000-4000-8000-000000000001";
const cell = (code: string, rest: Partial<FileCell> = {}): FileCell => ({
  id: randomUUID(),
  title: "",
  kind: "code",
  code,
  auto: false,
  ...rest,
});

test("a document is a file of lines that other notebooks read", () => {
  const cells = [
    cell("# Sales\n\n%% of last year", { id: ID, kind: "markdown", title: 'About "it"' }),
    cell("let n = 1;\nn + 1", { id: ID.replace(/1$/, "2") }),
  ];
  expect(writeFile(cells)).toBe(`// nexus-document: 1

// %% [markdown] id="${ID}" title="About \\"it\\""
// # Sales
//
//\\ %% of last year

// %% id="0b5f8c1e-0000-4000-8000-000000000002"
let n = 1;
n + 1
`);
});

test.each([
  ["no cell", []],
  ["no code", [cell(""), cell("", { kind: "markdown" }), cell("")]],
  ["empty lines around", [cell("\n\na\n\n\n"), cell("\n"), cell("b\n")]],
  [
    "lines that look like the begin of a cell",
    [cell("// %% a\n//\\ %% b\n//\\\\ %%\n`\n// %% [markdown]\n`"), cell("c")],
  ],
  ["Markdown that looks like one", [cell("%% a\n%%\n// %%\n  indented\n\n", { kind: "markdown" }), cell("x")]],
  ["cells that run by themselves", [cell("1", { auto: true }), cell("2", { title: "T", auto: true }), cell("3")]],
  ["titles", [cell("1", { title: 'a "b" \\ %% 中文 id="x"' }), cell("2", { title: " " })]],
  ["other ends of lines, and every sign", [cell("a\r\nb\r\n\u2028\ufeff\t\u00a0😀"), cell("\r", { kind: "markdown" })]],
])("a file brings back exactly what was written: %s", (_name, cells) => {
  const text = writeFile(cells);
  expect(readFile(text)).toEqual(cells);
  expect(writeFile(readFile(text))).toBe(text);
});

test("a file has the second version, which earlier releases refuse, only for what they do not know", () => {
  const first = (cells: readonly FileCell[]) => writeFile(cells).split("\n")[0];
  expect(first([cell("1")])).toBe("// nexus-document: 1");
  expect(first([cell("1"), cell("2", { auto: true })])).toBe("// nexus-document: 2");
});

test("a file that somebody wrote by hand needs no ids, titles or empty lines", () => {
  const cells = readFile("// nexus-document: 1\r\n// %%\n1\n// %% [markdown]\n// text\n// %%");
  expect(cells.map(({ code, kind }) => [kind, code])).toEqual([
    ["code", "1"],
    ["markdown", "text"],
    ["code", ""],
  ]);
  expect(new Set(cells.map(({ id }) => id)).size).toBe(3);
});

const HEAD = "// nexus-document: 1\n";
test.each([
  ["something else", '{"cells": []}', "line 1 must be `// nexus-document: 1`; this is not a document of Nexus"],
  ["nothing", "", "line 1 must be `// nexus-document: 1`"],
  ["bytes", "\u0089PNG\r\n\u001a\n", "this is not a document of Nexus"],
  ["a newer version", "// nexus-document: 3\n", "it has version 3, and this platform reads versions up to 2"],
  ["no version", "// nexus-document: 0\n", "there is no version 0"],
  ["text before the first cell", `${HEAD}\nlet n\n// %%\n`, "has text before the first cell"],
  ["an unknown kind", `${HEAD}// %% [python]\n`, "line 2 has a cell of the kind python; known are code and markdown"],
  ["a mark that cannot be read", `${HEAD}// %%\n\n// %% id=7\n`, "line 4 must look like"],
  ["an id that is none", `${HEAD}// %% id="7"\n`, "the id in line 2 must be a UUID in lower case"],
  ["one id twice", `${HEAD}// %% id="${ID}"\n// %% id="${ID}"\n`, "line 3 has the id of the cell in line 2"],
  ["a title that is not a JSON string", `${HEAD}// %% title="\\x"\n`, "the title in line 2 must be a JSON string"],
  ["a long title", `${HEAD}// %% title="${"x".repeat(201)}"\n`, "of at most 200 characters"],
  ["a title of two lines", `${HEAD}// %% title="a\\nb"\n`, "must be a JSON string, one line"],
  ["a title that is shown backwards", `${HEAD}// %% title="\u202etxt.exe"\n`, "must be a JSON string, one line"],
  ["more cells than there may be", `${HEAD}${"// %%\n".repeat(1_000_000)}`, "would have 1000000"],
  ["a large cell", `${HEAD}// %%\n${"x".repeat(MAX_CELL_BYTES + 1)}\n`, "the cell in line 2 has more than 256 KiB"],
])("what is no document is refused with the reason: %s", (_name, text, reason) => {
  expect(() => readFile(text)).toThrow(reason);
});

describe("a notebook of Jupyter", () => {
  const cells = [
    cell("# Sales\n\ntext\n", { kind: "markdown", title: "About" }),
    cell("let n: number = 1;\nn + 1"),
    cell("", { title: "util.ts" }),
    cell("n", { auto: true }),
  ];
  const made = (change: object) =>
    JSON.stringify({ nbformat: 4, metadata: {}, cells: [{ cell_type: "code", source: ["1 +", " 1"] }], ...change });

  test("brings back exactly what was written, and has what Jupyter asks for", () => {
    const text = writeDocumentFile(cells, "ipynb");
    expect(readDocumentFile(text)).toEqual(cells);
    expect(readDocumentFile(writeDocumentFile(cells, "js"))).toEqual(cells);
    expect(JSON.parse(text)).toMatchObject({
      nbformat: 4,
      nbformat_minor: 5,
      cells: [
        { cell_type: "markdown", id: cells[0]?.id, source: ["# Sales\n", "\n", "text\n"] },
        { cell_type: "code", outputs: [], execution_count: null },
        { metadata: { title: "util.ts" } },
        { metadata: { nexus: { auto: true } } },
      ],
    });
  });

  test("of another program is read without its results and with ids of its own", () => {
    const from = made({
      metadata: { kernelspec: { name: "tslab", language: "typescript" } },
      cells: [
        {
          cell_type: "code",
          id: "a1",
          metadata: { tags: [], nexus: "?" },
          source: "1 + 1",
          outputs: [{ output_type: "stream" }],
        },
        { cell_type: "raw", source: [] },
      ],
    });
    expect(readDocumentFile(`\uFEFF${from}`)).toMatchObject([
      { kind: "code", title: "", code: "1 + 1" },
      { kind: "markdown", code: "" },
    ]);
    expect(readDocumentFile(made({}))[0]?.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each([
    ["{", "it begins like a notebook of Jupyter, and is no JSON"],
    ["{}", "it is no notebook of Jupyter: nbformat"],
    [made({ nbformat: 3 }), "nbformat 3, and this platform reads nbformat 4"],
    [made({ metadata: { language_info: { name: "python" } } }), "its code is python"],
    [made({ cells: [{ cell_type: "code", source: 1 }] }), "it is no notebook of Jupyter: cells.0.source"],
    [made({ cells: [{ cell_type: "code", source: "x".repeat(MAX_CELL_BYTES + 1) }] }), "cell 1 has more than 256 KiB"],
    [made({ cells: [{ cell_type: "code", source: "\0" }] }), "cell 1 has the character U+0000"],
    ["[".repeat(100_000), "line 1 must be"],
    [`{"a":${"[".repeat(100_000)}`, "nested more than 100 levels deep"],
    [made({ metadata: { language_info: { name: "x".repeat(1_000_000) } } }), `its code is ${"x".repeat(50)}…, and`],
    [made({ cells: Array<number>(1_000_000).fill(1) }), "would have 1000000"],
    [made({ cells: [{ cell_type: "code", source: Array<number>(1_000_000).fill(1) }] }), "cells.0.source"],
    [made({ cells: Array<number>(1000).fill(1) }), "cells.0: "],
  ])("that is none is refused with a short reason: %#", (text, reason) => {
    const before = process.cpuUsage();
    expect(() => readDocumentFile(text)).toThrow(reason);
    // Processor time in microseconds, which a busy machine does not lengthen.
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  });

  test("has a title only where it is one line", () => {
    const titled = (title: unknown) =>
      readDocumentFile(made({ cells: [{ cell_type: "code", source: "1", metadata: { title } }] }))[0]?.title;
    expect(["A", "a\nb", "\u202ea", 7, undefined].map(titled)).toEqual(["A", "", "", "", ""]);
  });
});
