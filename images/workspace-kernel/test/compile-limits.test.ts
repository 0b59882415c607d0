import { join } from "node:path";
import { buildBundle } from "@nexus/testkit/bundle";
import { remove } from "@nexus/testkit/server-process";
import type { ExecutionOutcome, WorkspaceImage } from "../src/sandbox/messages";
import { MAX_NAMES } from "../src/sandbox/parser";
import { SandboxPool } from "../src/sandbox/pool";
import { transformCell } from "../src/sandbox/transform";

const NOTHING: WorkspaceImage = { segments: [], memoryBytes: 0, data: { state: {}, panels: {}, streamSeq: 0 } };
const caller = { tenantId: "tenant", load: async () => NOTHING, onCall: async () => ({ value: "null" }) };

let bundle: string;
let pool: SandboxPool;

beforeAll(async () => {
  bundle = await buildBundle("workspace-kernel");
  pool = await SandboxPool.create({
    workerFile: join(bundle, "worker.js"),
    wasmFile: join(bundle, "quickjs.wasm"),
    workers: 1,
    limits: { memoryBytes: 32 * 1024 * 1024, timeoutMs: 60_000 },
    standbyDelayMs: 60_000,
    onWorkerReplaced: () => undefined,
  });
}, 300_000);

afterAll(async () => {
  await pool?.close();
  await remove(bundle);
});

async function run(workspaceId: string, code: string): Promise<ExecutionOutcome> {
  const end = await pool.run(workspaceId, { kind: "cell", code }, caller);
  if (end.type === "lost") throw new Error("it was lost");
  return end.outcome;
}

const privateNames = Array.from({ length: MAX_NAMES + 1 }, (_, index) => `#a${index};`).join("");
const named = Array.from({ length: MAX_NAMES / 2 }, (_, index) => `a${index}`).join();

test.each([
  ["names in nested blocks", `${"{".repeat(500)}var ${named}${"}".repeat(500)}`, "names"],
  ["names of enclosing functions", `let ${named},x; () => { let ${named.replaceAll("a", "b")},x }`, "names"],
  ["private names", `class A {${privateNames}}`, "names"],
  ["one regular expression of many groups", `/${"(?<a>)|".repeat(30_000)}/`, "characters"],
  ["one regular expression of many names", `/${named.replaceAll(/a(\d+),?/g, "(?<a$1>)|(?<b$1>)")}/`, "characters"],
  ["one regular expression of many alternatives", `/${"a|".repeat(100_000)}/`, "characters"],
])("what parser or engine read in more than linear time is refused at once: %s", (_name, code, unit) => {
  const before = process.cpuUsage();
  expect(() => transformCell(code)).toThrow(new RegExp(`at most \\d+ ${unit}`));
  const { user } = process.cpuUsage(before);
  expect(user / 1000).toBeLessThan(1000);
});

test.each([
  "eval('('.repeat(5e4))",
  "eval('['.repeat(5e4))",
  "eval('({a:'.repeat(5e4))",
  "eval('`${'.repeat(5e4))",
  "eval('class A { [('.repeat(5e4))",
  "eval('(a = '.repeat(5e4))",
  "Function('return ' + 'String('.repeat(5e4))",
  "(async () => {}).constructor('await ' + '['.repeat(5e4))",
  `${"[".repeat(30_000)}${"]".repeat(30_000)}`,
])("code that is nested too deeply for the engine is a SyntaxError, and its workspace goes on: %#", async (code) => {
  const id = `deep ${code.slice(0, 30)}`;
  await run(id, "let kept = () => 41");
  const { error, reset } = await run(id, `kept = () => 42; ${code}`);
  expect(error).toMatchObject({ name: "SyntaxError" });
  expect(reset).toBe(false);
  expect(await run(id, "kept()")).toMatchObject({ result: error?.code === "syntax_error" ? 41 : 42 });
});

test("code that its workspace has no memory to compile ends as that", async () => {
  const ends = [];
  for (const length of [130_000, 140_000, 150_000, 160_000]) {
    const { error } = await run(`memory ${length}`, `eval("var a; a" + "?.b".repeat(${length})); 1`);
    ends.push(error?.code);
  }
  expect(ends.filter((code) => code !== undefined && code !== "memory_limit")).toEqual([]);
  expect(ends).toContain("memory_limit");
});

test("code with as many names as there may be is compiled, and one more is refused", async () => {
  const declared = (names: number) => `let ${Array.from({ length: names }, (_, index) => `a${index}`).join()}; 3`;
  expect(await run("names", declared(MAX_NAMES))).toMatchObject({ result: 3 });
  expect(await run("names", declared(MAX_NAMES + 1))).toMatchObject({
    error: { code: "syntax_error", message: expect.stringContaining(`at most ${MAX_NAMES} names`) as string },
  });
});

test("a table of long names and of a proxy with many keys is a short text, made at once", async () => {
  const names = "const long = 'k'.repeat(1e6); const row = { [long]: 1, [long + 2]: 2 }";
  const first = await run("table", `${names}; console.table([row, row, row, row]); 1`);
  expect(first).toMatchObject({ result: 1 });
  expect(String(first.logs[0]?.message).length).toBeLessThan(5000);
  const keys = "const keys = Array.from({ length: 1e5 }, (_, index) => 'k' + index); let asked = 0";
  const proxy = "new Proxy({}, { ownKeys: () => keys, getOwnPropertyDescriptor() { asked += 1 } })";
  expect(await run("proxy", `${keys}; console.table(${proxy}); asked <= 1000`)).toMatchObject({ result: true });
});
