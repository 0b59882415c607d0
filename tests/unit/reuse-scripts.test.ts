import { compileFunction, createContext, runInContext } from "node:vm";

/** Runs a module as Jest does, in a context of its own. */
function load(code: string, filename: string): { exports: Record<string, unknown>; realm: unknown } {
  const parsingContext = createContext({});
  const module = { exports: {} as Record<string, unknown> };
  compileFunction(code, ["module"], { filename, parsingContext }).call(undefined, module);
  return { exports: module.exports, realm: runInContext("Array", parsingContext) };
}

const CODE =
  "module.exports = { Array, at: new Error('here').stack };\nmodule.exports.below = new Error('here').stack;";

test("a module that is compiled once keeps the globals of each test file, and its lines and columns", () => {
  const [one, other] = [load(CODE, "/of/a/package.js"), load(CODE, "/of/a/package.js")];
  for (const { exports, realm } of [one, other]) {
    expect(exports.Array).toBe(realm);
    expect(exports.at).toContain("/of/a/package.js:1:31");
    expect(exports.below).toContain("/of/a/package.js:2:24");
  }
  expect(one.exports.Array).not.toBe(other.exports.Array);
});

test("a module whose text changed is compiled again", () => {
  expect(load("module.exports.is = 1", "/of/a/changed.js").exports).toEqual({ is: 1 });
  expect(load("module.exports.is = 2", "/of/a/changed.js").exports).toEqual({ is: 2 });
});
