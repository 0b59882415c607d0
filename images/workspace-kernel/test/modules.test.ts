import { createContext, runInContext } from "node:vm";
import { transformCell } from "../src/sandbox/transform";

/** The files of a workspace, and a scope that its cells share. */
function workspace(files: Record<string, string>) {
  const list = Object.entries(files).map(([name, code]) => ({ name, code }));
  const scope = createContext({ ran: [] });
  return {
    scope,
    run: async (code: string, changed: Record<string, string> = {}): Promise<unknown> => {
      const known = list.map(({ name, code: before }) => ({ name, code: changed[name] ?? before }));
      const cell = transformCell(code, undefined, known);
      for (const { name, script } of cell.modules) runInContext(script, scope, name);
      const value: unknown = runInContext(cell.code, scope, "cell.js");
      return cell.isAsync ? ((await value) as { value: unknown }).value : value;
    },
  };
}

const UTIL =
  "export const a = 1, { b } = { b: 2 }; export function f() { return a + b } export class C {} const d = 4; export { d as e, d as 'odd name' }";

test.each([
  ["names", "import { a, b as c, f } from './util.js'; [a, c, f()].join()", "1,2,3"],
  [
    "a default and all",
    "import one, * as all from './all.js'; [one, Object.keys(all).sort()].join()",
    "7,C,a,b,default,e,f,m,odd name",
  ],
  ["a name that is a text", "import { 'odd name' as odd } from './util.js'; odd", 4],
  ["nothing", "import './util.js'; 5", 5],
  ["over several lines", "import {\n  a,\n  b,\n} from './util.js';\na + b", 3],
  ["with await", "import { a } from './util.js'; await a + 1", 2],
  [
    "TypeScript, also under the name of JavaScript",
    "import { twice, type Row } from './typed.js'; import type { Row as R } from './typed.ts'; twice({ n: 4 } as R)",
    8,
  ],
  ["a default that is a function without a name", "import g from './anonymous.js'; g()", 1],
])("a cell imports from a file: %s", async (_name, code, expected) => {
  const { run } = workspace({
    "util.js": UTIL,
    "all.js": "export default 7; export * from './util.js'; export { a as m } from './util.js'",
    "typed.ts":
      "export interface Row { n: number }\nexport type Other = Row;\nexport const twice = ({ n }: Row): number => n * 2;",
    "anonymous.js": "const g = 1;\nexport default function () { return g }\n(2)",
  });
  expect(await run(code)).toBe(expected);
});

test("what a cell imports stays for later cells, and a file keeps its own names to itself", async () => {
  const { run } = workspace({ "util.js": UTIL });
  await run("import { a, f as sum } from './util.js'");
  expect(await run("a + sum()")).toBe(4);
  expect(await run("typeof d + typeof f")).toBe("undefinedundefined");
});

test("a file runs once, and again when it or what it imports has changed; it sees the workspace's variables", async () => {
  const { run, scope } = workspace({
    "a.js": "import { b } from './b.js'; ran.push('a'); export const a = b + (globalThis.more ?? 0)",
    "b.js": "ran.push('b'); export const b = 1",
  });
  const code = "import { a } from './a.js'; a";
  expect([await run(code), await run(code)]).toEqual([1, 1]);
  expect(runInContext("ran.join()", scope)).toBe("b,a");
  runInContext("more = 10", scope);
  expect(await run(code, { "b.js": "export const b = 2" })).toBe(12);
  expect(runInContext("ran.join()", scope)).toBe("b,a,a");
});

test("a file that fails runs again, and its error leads into it", async () => {
  const { run } = workspace({ "bad.js": "\n  null.x" });
  const failed = run("import './bad.js'");
  await expect(failed).rejects.toHaveProperty("stack", expect.stringContaining("bad.js:2:8"));
  expect(await run("import { x } from './bad.js'; x", { "bad.js": "export const x = 1" })).toBe(1);
});

test.each([
  ["import { c } from './util.js'", "util.js exports a, and not c (1:9)"],
  ["import d from './util.js'", "util.js exports a, and not default (1:7)"],
  [
    "import { Row } from './typed.ts'",
    "typed.ts exports nothing, and not Row; if it is a type, write `type Row` (1:9)",
  ],
  [
    "import './missing.js'",
    "There is no file missing.js; a cell of the document whose title is missing.js is one (1:7)",
  ],
  ["import 'lodash'", 'Code imports only files of its workspace, such as "./util.js", and not "lodash" (1:7)'],
  ["import '../util.js'", "only files of its workspace"],
  [
    "import './circle.js'",
    "Files import each other: circle.js → ring.js → circle.js; move what both need into a third one",
  ],
  ["import './wrong.js'", "wrong.js: Unexpected token (2:8)"],
  ["import './waits.js'", "waits.js: A file must not await at its top level; export a function"],
  ["{ import './util.js' }", "`import` and `export` must be at the top level (1:2)"],
  ["export const a = 1", "`export` has no meaning here; give the cell a file name as its title, such as util.js"],
])("an import that cannot be is refused with its reason: %s", async (code, reason) => {
  const { run } = workspace({
    "util.js": "export const a = 1",
    "typed.ts": "export interface Row { n: number }",
    "circle.js": "import './ring.js'",
    "ring.js": "export * from './circle.js'",
    "wrong.js": "let a;\nlet b = ;",
    "waits.js": "await 1",
  });
  const failed = run(code);
  await expect(failed).rejects.toBeInstanceOf(SyntaxError);
  await expect(failed).rejects.toThrow(reason);
});

test("1,000 files that each import the one before are read in time, and once each", () => {
  const files = Array.from({ length: 1000 }, (_, i) => ({
    name: `f${i}.js`,
    code: i === 0 ? "export const n = 0" : `import { n as m } from './f${i - 1}.js'; export const n = m + 1`,
  }));
  const { modules } = transformCell(
    "import { n } from './f999.js'; import { n as m } from './f500.js'",
    undefined,
    files,
  );
  expect(modules.map(({ name }) => name)).toEqual(files.map(({ name }) => name));
});

const CHAIN = 500;
test.each([
  ["many names", `export const ${Array.from({ length: 4000 }, (_, index) => `a${index} = 1`).join()}`],
  ["a long name", `const a = 1; export { a as "${"x".repeat(200_000)}" }`],
])("files that pass on what the one before exports take no more than others: %s", (_what, first) => {
  const files = Array.from({ length: CHAIN }, (_, at) => ({
    name: `f${at}.js`,
    code: at === 0 ? first : `export * from "./f${at - 1}.js"`,
  }));
  expect(() => transformCell(`import * as all from "./f${CHAIN - 1}.js"`, undefined, files)).toThrow(
    "`export *` exports each again. Export one object instead",
  );
});

test("5,000 names of a file, passed on once, are imported", async () => {
  const names = Array.from({ length: 4990 }, (_, index) => `a${index} = ${index}`);
  const { run } = workspace({ "a.js": `export const ${names.join()}`, "b.js": "export * from './a.js'" });
  expect(await run("import { a4989 as last } from './b.js'; last")).toBe(4989);
});
