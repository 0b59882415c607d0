import { runInNewContext } from "node:vm";
import { factsOf } from "../src/sandbox/cell-facts";
import { CodeLimitError, MAX_NAMES } from "../src/sandbox/parser";
import { readSource } from "../src/sandbox/source-code";
import { CellError, transformCell, transformHandler, transformSource } from "../src/sandbox/transform";

const run = (code: string): unknown => runInNewContext(transformCell(code).code, {});

test.each([
  ["annotations", "const f = (a: number, b?: string, ...c: number[]): string => `${a}${b}${c}`; f(1, 'x', 2)", "1x2"],
  ["an optional parameter alone", "((a?, b? /* none */) => [a, b].length)()", 2],
  ["a parameter with a default", "(function (a: number = 1, { b = 2 }: { b?: number } = {}) { return a + b })()", 3],
  [
    "a function that says what this is",
    "(function (this: { n: number }, m: number) { return this.n + m }).call({ n: 1 }, 2)",
    3,
  ],
  ["and has no other parameter", "(function (this: number[],) { return this.length }).call([1])", 1],
  ["generics", "function first<T extends unknown[]>(list: T): T[0] { return list[0] } first<number[]>([7])", 7],
  ["a generic call that could be a comparison", "const id = <T,>(x: T) => x; id<number>(7)", 7],
  ["only a generic call", "globalThis.id = (x) => x; id<number>(7)", 7],
  ["a generic template", "const t = (s: TemplateStringsArray) => s[0]; t<string>`x`", "x"],
  ["new with types", "new Map<string, Array<Set<number>>>([['a', []]]).size", 1],
  ["as, satisfies and !", "const o = { a: { b: 1 } } as const; (o satisfies object).a!.b! as number", 1],
  ["as behind parentheses", "let n = (1 + 1) as unknown as number; n", 2],
  ["an assignment to a cast", "let o: any = {}; (o as { a: number }).a = 3; o.a", 3],
  [
    "types alone",
    "type A = { a: 1 }; interface B extends A { b(): void }; declare const c: A; declare global { var d: 1 } 5",
    5,
  ],
  ["overloads", "function f(a: string): void;\nfunction f(a: number): void;\nfunction f(a: any) { return a }\nf(4)", 4],
  [
    "abstract classes",
    "abstract class A { abstract n: number; abstract m(): void; protected k?: 1; z() { return 2 } }\nclass B extends A { n = 1; m() {} }\nnew B().z()",
    2,
  ],
  [
    "members",
    "class A<T> implements Iterable<T>, Disposable { private static readonly x: number = 4; declare y: T; z!: T; w?; [key: string]: unknown; constructor(a?: T) {} m?(): void; static get g(): number { return A.x } }\nA.g",
    4,
  ],
  [
    "overloads of a method",
    "class A { m(a: string): void; m(a: number): void; m(a: any) { return a } }\nnew A().m(6)",
    6,
  ],
  ["extends with types", "class A<T> { v: T | undefined }\nclass B extends A<string> {}\n'v' in new B()", true],
  ["await", "const n: number = await 1; n", 1],
  ["a catch with a type", "try { throw 8 } catch (error: unknown) { error }", 8],
  ["an async arrow", "const f = async <T,>(x: T): Promise<T> => x; typeof f", "function"],
  ["a type over several lines before an arrow", "const f = (a: number):\n  | number\n  | string => a; f(2)", 2],
  ["type parameters over several lines after return", "const f = () => { return <\n  T\n>(x: T) => x }; f()(9)", 9],
  ["a conditional that looks like an arrow", "const f = (a: any) => a ? (1) : (2); f(0)", 2],
])("TypeScript runs without its types: %s", async (_name, code, expected) => {
  const { isAsync } = transformCell(code);
  expect(isAsync ? ((await run(code)) as { value: unknown }).value : run(code)).toBe(expected);
});

test.each([
  ["let a = [1, 2] as number[]\n;[a] = [[3]]; a[0]", 3],
  ["let a = 1 as number\n(2); a", 1],
  ["class A { x = 1 as number\n['y'] = 2 }\nnew A().y", 2],
  ["class A { x = 1\npublic ['y'] = 2 }\nnew A().y", 2],
  ["class A { get: number\nfoo() { return 3 } }\nnew A().foo()", 3],
  ["let a = 4\ntype T = number\n(2); a", 4],
  ["for (let i = 0 as number; i < 2; i++) i", 1],
  ["for (const x of [6] as number[]) x", 6],
])("a statement that a type ended does not go on in the next line: %j", (code, expected) => {
  expect(run(code)).toBe(expected);
});

test("everything is where the author wrote it", () => {
  const code = "interface A {\n  a: string;\n}\nlet b: A | undefined = undefined as\n  undefined;\n  null!.x";
  const { text } = readSource(code);
  expect(text.split("\n").map(({ length }) => length)).toEqual(code.split("\n").map(({ length }) => length));
  expect(() => runInNewContext(transformCell(code).code, {}, "cell.js")).toThrow(
    expect.objectContaining({ stack: expect.stringContaining("cell.js:6:9") as string }),
  );
});

test.each([
  ["enum Color { Red }", "An enum is more than a type", "write an object, such as `const Color", "(1:0)"],
  ["1;\nconst enum Color { Red }", "An enum", "write an object", "(2:0)"],
  ["namespace A { export const a = 1 }", "A namespace", "write an object", "(1:0)"],
  ["class A { constructor(private a: string) {} }", "A parameter property", "declare a field", "(1:22)"],
  ["let a: any = <number>1", "A type in front of a value", "write `value as Type`", "(1:13)"],
  ["@dec class A { x: number }", "A decorator", "call the function yourself", "(1:0)"],
])("what is more than types is refused by its name, with its place: %j", (code, ...parts) => {
  for (const part of parts) expect(() => transformCell(code)).toThrow(part);
});

test.each([
  ["let a: number = ;", "(1:16)"],
  ["1 +", "(1:3)"],
  ["let a: = 1", "(1:7)"],
  ["type A = string\nlet b = 1 2", "(2:10)"],
])("an error is where it is, and not at the first type: %j", (code, place) => {
  expect(() => transformCell(code)).toThrow(place);
});

test("what is JavaScript means what it means there", () => {
  expect(readSource("f(a < b, c > (d))").text).toBe("f(a < b, c > (d))");
  expect(run("1 < 2 > (0)")).toBe(true);
  expect(run("let type = 1, as = 2, declare = 3; type\nas\ndeclare")).toBe(3);
});

test("handlers and facts understand types", () => {
  const handler = transformHandler("const { n }: { n: number } = input; return n!");
  expect(handler).toBe("(async (input) => {const { n }                = input; return n;\n})");
  const [facts] = factsOf(
    ["interface Row { price: Price }\nconst total = (rows: Row[]): Price => rows.length * (rate as number);"],
    1000,
  );
  expect(facts).toMatchObject({ declares: ["total"], uses: ["rate"], assigns: [] });
  expect(factsOf(["enum A { B }"], 1000)[0]?.error).toContain("An enum is more than a type");
});

describe("code that attacks the parser", () => {
  const TIMEOUT_MS = 300;
  const errorOf = (code: string): CellError["error"] => {
    try {
      transformSource(transformCell, code, TIMEOUT_MS);
    } catch (error) {
      if (error instanceof CellError) return error.error;
      throw error;
    }
    throw new Error("It was read");
  };

  test.each([
    ["arrows that could be casts", `let a: any = ${"<a>(".repeat(60)}`],
    ["calls that could be comparisons", `let a: any = ${"f<a>(".repeat(3000)}`],
    ["arrows with types in conditionals", `let a: any = ${"a ? (b) : (c = ".repeat(60)}`],
    ["deep types", `let a: ${"[".repeat(100_000)}`],
    ["deep generics", `let a: ${"A<".repeat(80_000)}`],
    ["deep parentheses", `let a: ${"(".repeat(100_000)}`],
    ["many conditional types", `type A = ${"A extends infer B extends (".repeat(5000)}`],
  ])("it ends in time: %s", (_name, code) => {
    const startedAt = performance.now();
    expect(["timeout", "syntax_error"]).toContain(errorOf(code).code);
    expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS * 10);
  });

  test("parsing that takes exponential time ends with a timeout", () => {
    expect(errorOf(`let a: any = ${"<a>(".repeat(60)}`)).toMatchObject({ code: "timeout" });
  });

  test("the limits of JavaScript hold behind types", () => {
    const names = Array.from({ length: MAX_NAMES + 1 }, (_, index) => `a${index}: 1`).join();
    expect(() => transformCell(`let ${names}`)).toThrow(CodeLimitError);
    expect(() => transformCell(`let a: RegExp = /${"a|".repeat(100_000)}/`)).toThrow(CodeLimitError);
  });
});
