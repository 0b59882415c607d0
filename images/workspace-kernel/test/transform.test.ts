import { runInNewContext } from "node:vm";
import { transformCell } from "../src/sandbox/transform";

/** Runs cells one after another in one global scope; returns the completion value of the last one. */
async function run(...cells: string[]): Promise<unknown> {
  const scope = {};
  let value: unknown;
  for (const cell of cells) {
    const { code, isAsync } = transformCell(cell);
    const completion: unknown = runInNewContext(code, scope);
    value = isAsync ? ((await completion) as { value: unknown }).value : completion;
  }
  return value;
}

test.each([
  ["let stays for the next cell", ["let n = 41; n + 1", "n + 1"], 42],
  ["a cell with let can run again", ["let n = 1", "let n = 2", "n"], 2],
  ["let without a value sets undefined again", ["let n = 1", "let n; n"], undefined],
  ["const and patterns", ["const {a, b: [c]} = {a: 1, b: [2]}", "const c = 5; a + c"], 6],
  ["class", ["class A { x = 1 }", "class A { x = 2 }", "new A().x"], 2],
  ["function", ["function f() { return 1 }", "function f() { return 2 }", "f()"], 2],
  ["let in a block stays in the block", ["{ let n = 1 }", "typeof n"], "undefined"],
  ["the completion value of a block", ["if (true) { 7 }"], 7],
  ["a declaration after a value", ["5; let x = 1"], 5],
  ["await", ["const v = await Promise.resolve(5); v * 2", "v"], 5],
  ["await: completion value", ["await null; [1, 2].length"], 2],
  ["await: value inside a block", ["if (await true) { 8 }"], 8],
  [
    "await: patterns and var in loops",
    ["for (var i = 0; i < 3; i++) await i; for (var k of [7]) await k;", "i + k"],
    10,
  ],
  [
    "await: names in patterns, and none of what their defaults hold",
    [
      "var {a, b: [c = (f = 2), ...d], e = class g {}} = await {a: 1, b: []}; c",
      "[a, c, d.length, typeof e, typeof g].join()",
    ],
    "1,2,0,function,undefined",
  ],
  ["await: functions and classes", ["await 0; function f() { return 3 } class B { y = 4 }", "f() + new B().y"], 7],
  ["await: again with let", ["let q = await 1", "let q = await 2", "q"], 2],
  ["await inside a function only", ["async function g() { await 1 } typeof g()"], "object"],
  ["a name like ours", ["await 0; let $completion = 3; $completion + 1"], 4],
  ["no semicolons", ["let a = 1\nlet b = await 2\na + b"], 3],
  ["a comment at the end", ["await 1 // done"], 1],
])("re-running and keeping declarations: %s", async (_name, cells, expected) => {
  expect(await run(...cells)).toBe(expected);
});

test.each([
  ["let a = 1;\n\n  null.x", "cell.js:3:8"],
  ["class A {}\nlet b, c = 2;\n  null.x", "cell.js:3:8"],
  ["const a = await 1,\n  b = 2;\n\nlet c =\n  null.x", "cell.js:5:8"],
  ["await 0;\nfor (var i of [1]) {\n  let n = null.x\n}", "cell.js:3:16"],
])("positions in errors stay those of the author: %j", async (code, position) => {
  const cell = transformCell(code);
  const run = async () => await (runInNewContext(cell.code, {}, "cell.js") as Promise<unknown>);
  await expect(run()).rejects.toHaveProperty("stack", expect.stringContaining(position));
});

test.each(["1 +", "let a; let a", "return 1", "import 'x'"])("not JavaScript: %s", (code) => {
  expect(() => transformCell(code)).toThrow(SyntaxError);
});
