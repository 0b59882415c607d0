import { NO_FACTS } from "../src/document/facts";
import { type GraphCell, graphOf } from "../src/document/graph";
import { factsOf } from "../src/sandbox/cell-facts";

const read = (code: string) => {
  const [facts = NO_FACTS] = factsOf([code], 5000);
  return facts;
};
/** What the code declares, uses and assigns, as texts. */
const names = (code: string) => {
  const { declares, uses, assigns } = read(code);
  return [declares, uses, assigns].map((each) => [...each].sort().join(" "));
};

test.each([
  ["let a = b, { c, d: [e = f, ...g], ...h } = i", "a c e g h", "b f i", ""],
  ["({ a, b: [c = d], ...e } = f)", "", "d f", "a c e"],
  ["[a, b.c, ...d[e]] = f", "", "b d e f", "a"],
  ["a = 1; b += c; d++; --e; f ??= 2", "", "b c d e f", "a b d e f"],
  ["function f(a, b = c) { return a + b + d + f(1) } async function* g() {}", "f g", "c d", ""],
  [
    "class A extends B { static #x = c; [d]() { return this.#x + e } static { var f = g; let h = f } }",
    "A",
    "B c d e g",
    "",
  ],
  ["const f = (a) => ({ a, b, [c]: d, e: 1 }).g", "f", "b c d", ""],
  ["let x = 1; { let x = y; x; var v = x } x", "v x", "y", ""],
  ["{ let a = 1; a } a", "", "a", ""],
  ["{ const a = () => b; class b {} function c() {} }", "c", "", ""],
  ["for (let i = 0; i < n; i++) s(i); i", "", "i n s", ""],
  ["for (const [k, v] of rows) total += v; for (x in o);", "", "o rows total", "total x"],
  ["try { a() } catch ({ message }) { log(message) } finally { message }", "", "a log message", ""],
  ["try {} catch { e }", "", "e", ""],
  ["switch (a) { case b: let c = d; default: c }", "", "a b d", ""],
  ["label: for (;;) { break label }", "", "", ""],
  ["function f() { return arguments.length + new.target } (() => arguments)()", "f", "arguments", ""],
  ["var f = function g() { return g }; g", "f", "g", ""],
  ["function f() { if (a) { var b = 1 } b } b", "f", "a b", ""],
  ["typeof a; `${b}${c.d}`; delete e.f; a?.[g]", "", "a b c e g", ""],
  ["globalThis.a = globalThis.b; { let c; globalThis.c = 1 }", "", "b globalThis", "a"],
  ["a = 1; var a; b = 2; let b", "a b", "", ""],
  ["await a; for await (const b of c) d(b)", "", "a c d", ""],
  ["((a, { b }) => a + b + c)(d)", "", "c d", ""],
  ["get = { get a() { return b }, set a(v) { c = v }, async d() {}, e }", "", "b e", "c get"],
  ["", "", "", ""],
])("what a cell declares, uses and assigns at its top level: %s", (code, declares, uses, assigns) => {
  expect(names(code)).toEqual([declares, uses, assigns]);
});

test("a cell tells the panels and events whose names are written in it, and why it cannot be read", () => {
  const code =
    "view.set('a', 1); view.update(`b`, {}); view.update('c', {}); view.remove('d'); emit('e'); view.set(f, 1)";
  expect(read(code)).toMatchObject({ panels: ["a", "c"], events: ["e"] });
  expect(read("{ const view = { set() {} }, emit = view.set; view.set('a'); emit('b') }")).toMatchObject({
    panels: [],
    events: [],
  });
  expect(read("let a = ;")).toEqual({ ...NO_FACTS, error: expect.stringContaining("Unexpected token") as string });
  expect(read("let ".repeat(3))).toHaveProperty("error");
  expect(read(`${"[".repeat(100_000)}`)).toEqual({
    ...NO_FACTS,
    error: expect.stringMatching(/stack space|nested too deeply/) as string,
  });
});

test("a cell tells what it imports, which is declared in it, and a file tells what it exports", () => {
  expect(
    read("import d, { a as b } from './util.js'; import * as all from './other.ts'; import './side.js'; b + c"),
  ).toMatchObject({
    declares: ["d", "b", "all"],
    uses: ["c"],
    imports: [
      { file: "util.js", names: ["d", "a"] },
      { file: "other.ts", names: ["all"] },
      { file: "side.js", names: [] },
    ],
  });
  expect(read("export const a = b; export default class C {} export { d as e }; export * from './x.js'")).toMatchObject(
    {
      declares: ["a", "C"],
      uses: ["b", "d"],
      imports: [{ file: "x.js", names: [] }],
    },
  );
});

/** A document of these codes; each cell ran at the number beside it, or never. */
function graph(...cells: readonly (readonly [id: string, code: string, ranAt?: number])[]) {
  return graphOf(cells.map(([id, code, ranAt]) => cell(id, code, ranAt)));
}
const cell = (id: string, code: string, seq?: number): GraphCell => ({
  id,
  version: 1,
  facts: read(code),
  run: seq === undefined ? undefined : { seq, cellVersion: 1, failed: false },
});
const arrows = ({ edges }: ReturnType<typeof graphOf>) =>
  edges.map(({ from, to, names }) => `${from}${to} ${names.join()}`);

test("cells are in the order of what they need, and otherwise in that of the document", () => {
  const made = graph(["A", "show(total, rate)"], ["B", "let rate = 2"], ["C", "const total = rate * 3"], ["D", "1"]);
  expect(arrows(made)).toEqual(["CA total", "BA rate", "BC rate"]);
  expect(made.order).toEqual(["B", "C", "A", "D"]);
  expect([made.cycles, made.doubles]).toEqual([[], []]);
});

test("closures, functions and classes need what they use when they are called", () => {
  const made = graph(
    ["A", "const tax = (x) => x * rate"],
    ["B", "let rate = 1"],
    ["C", "class P extends Q { m() { return tax(1) } }"],
    ["D", "function Q() {}"],
  );
  expect(arrows(made)).toEqual(["BA rate", "DC Q", "AC tax"]);
});

test("who changes a name of another cell comes after it, and who reads the name after both", () => {
  const made = graph(["A", "show(n)"], ["B", "n += 1"], ["C", "let n = 0"], ["D", "n *= 2"]);
  expect(made.order).toEqual(["C", "B", "D", "A"]);
  expect(arrows(made)).toEqual(["DA n", "CB n", "BD n"]);
  expect(made.doubles).toEqual([]);
});

test("names that two cells declare, or that two make without a declaration, are told", () => {
  expect(graph(["A", "let n = 1, m"], ["B", "function n() {}"], ["C", "n"]).doubles).toEqual([
    { name: "n", cells: ["A", "B"] },
  ]);
  expect(graph(["A", "n = 1"], ["B", "n = 2"]).doubles).toEqual([{ name: "n", cells: ["A", "B"] }]);
});

test.each([
  ["a cell that never ran", [cell("A", "1")], { A: "new" }],
  ["code that changed", [{ ...cell("A", "1", 1), version: 2 }], { A: "changed" }],
  ["a run that failed", [{ ...cell("A", "1"), run: { seq: 1, cellVersion: 1, failed: true } }], { A: "failed" }],
  ["an input that ran later", [cell("A", "let n", 3), cell("B", "n", 2), cell("C", "m", 1)], { B: "input" }],
  [
    "an input that is stale",
    [cell("A", "let n"), cell("B", "let m = n", 4), cell("C", "m", 5)],
    { A: "new", B: "input", C: "input" },
  ],
  ["everything ran in order", [cell("A", "let n", 1), cell("B", "n", 2)], {}],
])("what is stale: %s", (_name, cells, stale) => {
  expect(Object.fromEntries(graphOf(cells).stale)).toEqual(stale);
});

test("a file is never stale, and who imports it is when it, or what it uses, has changed", () => {
  const file = (id: string, name: string, code: string, changedAt: number) => ({
    ...cell(id, code),
    file: { name, changedAt },
  });
  const made = (changedAt: number, rateRanAt: number) =>
    graphOf([
      cell("A", "import { price } from './util.js'; price", 5),
      cell("R", "let rate = 2", rateRanAt),
      file("U", "util.ts", "import { tax } from './tax.js'; export const price = tax * rate; let hidden", 2),
      file("T", "tax.js", "export const tax = 1", changedAt),
      cell("H", "hidden", 5),
    ]);
  expect(arrows(made(1, 3))).toEqual(["UA price", "TU tax", "RU rate"]);
  expect(made(1, 3).order).toEqual(["R", "T", "U", "A", "H"]);
  expect([...made(1, 3).stale]).toEqual([]);
  expect([...made(6, 3).stale]).toEqual([["A", "input"]]);
  expect([...made(1, 6).stale]).toEqual([["A", "input"]]);
});

test("a cycle of 50 cells is told, and running its cells in order ends", () => {
  const codes = Array.from({ length: 50 }, (_, i) => `let n${i} = n${(i + 1) % 50}`);
  const cells = codes.map((code, i) => cell(`c${i}`, code));
  const made = graphOf([cell("before", "let start"), ...cells, cell("after", "n7")]);
  expect(made.cycles).toEqual([cells.map(({ id }) => id)]);
  expect(made.order).toHaveLength(52);
  const ran = graphOf(cells.map((each, seq) => ({ ...each, run: { seq, cellVersion: 1, failed: false } })));
  expect(ran.stale.size).toBe(0);
});

test("two cycles with a cell between them are two, and a cell that needs itself is none", () => {
  const made = graph(
    ["A", "let a = b"],
    ["B", "let b = a"],
    ["M", "let m = a; m"],
    ["C", "let c = d + m"],
    ["D", "let d = c"],
  );
  expect(made.cycles).toEqual([
    ["A", "B"],
    ["C", "D"],
  ]);
  expect(made.order).toEqual(["A", "B", "M", "C", "D"]);
});

test("1,000 cells take about four times as long as 250: edges and order are linear", () => {
  const chain = (length: number) =>
    Array.from({ length }, (_, i) => cell(`c${i}`, `let n${i} = n${i - 1} + shared; shared += 1`, i));
  const one = (cells: GraphCell[]) => {
    const made = graphOf(cells);
    expect(made.order).toHaveLength(cells.length);
    return made.edges.length;
  };
  const [small, large] = [one(chain(250)), one(chain(1000))];
  expect(large / small).toBeLessThan(4.1);
  // All use what all change: each needs the one before, and not all of them.
  expect(large).toBeLessThan(2100);
});

test.each([
  ["an increment", (inner: string) => `a[${inner}]++`],
  ["a decrement", (inner: string) => `--b.c[${inner}].d`],
  ["an assignment of a sum", (inner: string) => `a[${inner}] += 1`],
  ["an assignment with a condition", (inner: string) => `b[${inner}] ??= 1`],
])("%s in the place that another one changes, 500 times, is read once", (_what, around) => {
  let code = "d++";
  for (let level = 0; level < 500; level += 1) code = around(code);
  expect(read(code)).toMatchObject({ uses: expect.arrayContaining(["d"]) as unknown, assigns: ["d"] });
});

test("code with many names and many nested blocks is read in linear time", () => {
  const deep = `${"{let a;".repeat(100)}${"a;b;".repeat(20_000)}${"}".repeat(100)}`;
  const startedAt = performance.now();
  expect(read(deep)).toMatchObject({ declares: [], uses: ["b"] });
  expect(performance.now() - startedAt).toBeLessThan(5000);
});
