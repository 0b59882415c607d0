import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AS_IN_PRODUCTION, createClient, startWorld, type TestKernel, type World } from "./harness";

let world: World;
let kernel: TestKernel;
const client = createClient();

beforeAll(async () => {
  world = await startWorld();
  kernel = await world.start({}, AS_IN_PRODUCTION);
});

afterAll(() => world?.stop());

test("P1 show 2: state is kept between executions and a cell with let runs again", async () => {
  const id = await client.create(kernel);
  for (const code of ["let n = 41; n + 1", "n + 1", "let n = 41; n + 1"]) {
    expect(await client.run(kernel, id, code)).toMatchObject({
      result: 42,
      resultType: "number",
      display: "42",
      logs: [],
      truncated: false,
      restarted: false,
    });
  }
});

const TABLE = [
  "┌─────────┬─────────┬────────┐",
  "│ (index) │ b       │ Values │",
  "├─────────┼─────────┼────────┤",
  "│ 0       │ [Array] │        │",
  "│ 1       │         │ 3      │",
  "└─────────┴─────────┴────────┘",
].join("\n");

test("the sandbox has and lacks what docs/workspaces.md says", async () => {
  const guide = readFileSync(join(__dirname, "../../../docs/workspaces.md"), "utf8");
  const cells = [...(guide.split("| missing | instead |")[1] ?? "").matchAll(/^\| (`.*?) \|/gm)].map(
    ([, cell]) => cell,
  );
  const absent = [...cells.join().matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
  expect(absent).toEqual(
    expect.arrayContaining(["XMLHttpRequest", "WebSocket", "Buffer", "Intl", "Temporal", "require"]),
  );
  const methods = [...(/`console` has ([^;]*) and no other methods/.exec(guide)?.[1]?.matchAll(/`(\w+)`/g) ?? [])];
  const id = await client.create(kernel);
  const code = `[${JSON.stringify(absent)}.filter((name) => name in globalThis), Object.keys(console).sort()]`;
  expect(await client.run(kernel, id, code)).toMatchObject({ result: [[], methods.map(([, name]) => name).sort()] });
});

test.each([
  [
    "console.log('%s is %d, %i, %f %o %% %x', 'a', '4.5', 7.9, '1.5', { b: 1 }, 2)",
    "log",
    "a is 4, 7, 1.5 { b: 1 } % %x 2",
  ],
  ["console.log('100%', 1)", "log", "100% 1"],
  ["console.dir({ a: [1] })", "log", "{ a: [1] }"],
  ["console.assert(true, 'a'); console.assert(1 > 2, 'no %s', 'way')", "error", "Assertion failed: no way"],
  ["console.countReset('n'); console.count('n'); console.count('n')", "info", "n: 2"],
  ["console.timeEnd('none')", "warn", "Timer 'none' does not exist"],
  ["console.group('g'); console.group(); console.warn('in\\nside'); console.groupEnd()", "warn", "    in\n    side"],
  ["console.groupEnd(); console.groupEnd(); console.info('a')", "info", "a"],
  [
    "function f() { console.trace('at', 1) } f()",
    "log",
    "Trace: at 1\n    at f (cell.js:1:29)\n    at <eval> (cell.js:1:42)",
  ],
  ["console.table(7)", "log", "7"],
  ["console.table([{ a: 1, b: [2] }, 3], ['b'])", "log", TABLE],
  ["console.log(Symbol(), new Proxy({}, { ownKeys() { throw 1 } }))", "log", "Symbol() [cannot be shown]"],
])("console: %s", async (code, level, message) => {
  const { logs, error } = await client.run(kernel, await client.create(kernel), code);
  expect(error).toBeUndefined();
  expect((logs as unknown[]).at(-1)).toEqual({ level, message });
});

test("console output comes back with its level, bounded", async () => {
  const id = await client.create(kernel);
  const few = await client.run(kernel, id, "console.log('a', {b: [1]}); console.warn('w'); console.error('e'); 1");
  expect(few.logs).toEqual([
    { level: "log", message: "a { b: [1] }" },
    { level: "warn", message: "w" },
    { level: "error", message: "e" },
  ]);
  const many = await client.run(kernel, id, "for (let i = 0; i < 1000; i++) console.log(i)");
  expect(many).toMatchObject({ truncated: true, droppedLogLines: 800, resultType: "undefined" });
  expect(many.logs).toHaveLength(200);
  const long = await client.run(kernel, id, "console.log('é'.repeat(1e6)); 1");
  expect(long).toMatchObject({ result: 1, truncated: true });
  expect(Buffer.byteLength(JSON.stringify(long.logs))).toBeLessThan(66_000);
});

test.each([
  ["undefined", "undefined", "undefined"],
  ["() => 1", "function", "[Function: (anonymous)]"],
  ["Symbol('s')", "symbol", "Symbol(s)"],
  ["10n ** 20n", "bigint", "100000000000000000000n"],
  ["const o = {}; o.self = o; o", "object", "{ self: [Circular] }"],
  ["Promise.resolve(1)", "promise", "Promise { 1 }"],
  ["Promise.resolve({ a: 'b' })", "promise", 'Promise { { a: "b" } }'],
  ["new Promise(() => {})", "promise", "Promise { <pending> }"],
  ["Promise.reject(new TypeError('no'))", "promise", "Promise { <rejected> [TypeError: no] }"],
  ["Promise.reject([Promise.reject(7)])", "promise", "Promise { <rejected> [Promise { <rejected> 7 }] }"],
  ["0 / 0", "number", "NaN"],
  ["new Proxy({}, { ownKeys() { throw 1 } })", "object", "[cannot be shown]"],
])("a value without JSON form is shown, not an error: %s", async (code, resultType, display) => {
  const id = await client.create(kernel);
  const body = await client.run(kernel, id, code);
  expect(body).toMatchObject({ result: null, resultType, display });
  expect(body.error).toBeUndefined();
});

test("a result beyond the limit is left out and said to be", async () => {
  const id = await client.create(kernel);
  const body = await client.run(kernel, id, "'x'.repeat(1e6)");
  expect(body).toMatchObject({ result: null, resultType: "string", truncated: true });
  expect(String(body.display).length).toBeLessThan(40_000);
});

test.each([
  ["throw new TypeError('bad')", { code: "script_error", name: "TypeError", message: "bad" }],
  ["1 +", { code: "syntax_error", name: "SyntaxError" }],
  ["for (;;);", { code: "timeout", name: "TimeoutError" }],
  ["const l = []; for (;;) l.push(new Array(1000).fill(l.length))", { code: "memory_limit" }],
  ["function r() { return r() + 1 } r()", { code: "script_error", message: "stack overflow" }],
  ["await new Promise(() => {})", { code: "never_settled" }],
  ["let p = Promise.resolve(); function g() { p = p.then(g) } g()", { code: "timeout" }],
])("D11 D22: bad code hurts only itself: %s", async (code, error) => {
  const [id, neighbour] = [await client.create(kernel), await client.create(kernel)];
  await client.run(kernel, id, "var kept = 1");
  await client.run(kernel, neighbour, "var mine = 2");
  expect((await client.run(kernel, id, code)).error).toMatchObject(error);
  expect(await client.run(kernel, neighbour, "mine")).toMatchObject({ result: 2, restarted: false });
  expect(await client.run(kernel, id, "kept")).toMatchObject({ result: 1, restarted: false });
});

test("random numbers come from the host, differ between workspaces and look uniform", async () => {
  const draw = "let a = Array.from({ length: 2000 }, () => Math.random()); a.slice(0, 4)";
  const ids = [await client.create(kernel), await client.create(kernel)];
  const first = await Promise.all(ids.map(async (id) => (await client.run(kernel, id, draw)).result));
  expect(first[0]).not.toEqual(first[1]);
  const [id = ""] = ids;
  expect(await client.run(kernel, id, "a.every((n) => n >= 0 && n < 1) && new Set(a).size")).toMatchObject({
    result: 2000,
  });
  const mean = Number((await client.run(kernel, id, "a.reduce((s, n) => s + n) / a.length")).result);
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.1);
});

test("an execution that leaves the workspace unusable is undone, and says so", async () => {
  const id = await client.create(kernel);
  await client.run(kernel, id, "var kept = 1");
  const bomb = "kept = 2; globalThis.all = []; for (;;) all.push(new Array(1000).fill(all.length))";
  const answer = await client.run(kernel, id, bomb);
  expect(answer).toMatchObject({ error: { code: "memory_limit" }, restarted: false });
  expect(await client.run(kernel, id, "[kept, typeof all]")).toMatchObject({
    result: answer.rolledBack ? [1, "undefined"] : [2, "object"],
    restarted: false,
    rolledBack: false,
  });
});

test("code that cannot be interrupted is stopped at twice the deadline and undone; neighbours do not notice", async () => {
  const [id, neighbour] = [await client.create(kernel), await client.create(kernel)];
  await client.run(kernel, id, "var mine = 1");
  await client.run(kernel, neighbour, "var mine = 2");
  const [hung, waiting] = await Promise.all([
    client.run(kernel, id, "mine = 3; [].indexOf.call({ length: 2 ** 53 - 1 }, 1)"),
    client.run(kernel, neighbour, "mine += 1"),
  ]);
  expect(hung).toMatchObject({ error: { code: "timeout" }, rolledBack: true, restarted: false });
  expect(waiting).toMatchObject({ result: 3, restarted: false, rolledBack: false });
  expect(await client.run(kernel, id, "mine")).toMatchObject({ result: 1 });
  const metrics = (await kernel.app.inject("/metrics")).body;
  expect(metrics).toMatch(/nexus_worker_restarts_total\{.*reason="watchdog".*\} 1/);
});

test("a tenant can neither see, run nor delete another tenant's workspace", async () => {
  const id = await client.create(kernel);
  const stranger = createClient();
  expect((await stranger.call(kernel, "GET", "")).body).toEqual({ items: [], next: null });
  for (const answer of [
    await stranger.call(kernel, "GET", `/${id}`),
    await stranger.call(kernel, "DELETE", `/${id}`),
    await stranger.call(kernel, "POST", `/${id}/execute`, { code: "1" }),
  ]) {
    expect(answer).toMatchObject({ status: 404, body: { code: "workspace_not_found" } });
  }
  expect((await client.call(kernel, "GET", `/${id}`)).status).toBe(200);
});

test("a workspace is listed with its state until it is deleted", async () => {
  const other = createClient();
  const id = await other.create(kernel, "  first  ");
  await other.run(kernel, id, "1");
  expect((await other.call(kernel, "GET", "")).body.items).toEqual([
    {
      id,
      name: "first",
      state: "running",
      stopReason: null,
      stoppedAt: null,
      keepAliveUntil: null,
      createdAt: expect.stringMatching(/Z$/),
      lastActiveAt: expect.stringMatching(/Z$/),
      memoryBytes: expect.any(Number),
      ownerPod: expect.stringMatching(/^kernel-/),
    },
  ]);
  expect((await other.call(kernel, "DELETE", `/${id}`)).status).toBe(204);
  expect((await other.call(kernel, "POST", `/${id}/execute`, { code: "1" })).status).toBe(404);
});

test.each([
  ["POST", "", { name: "" }],
  ["POST", "", { name: "a\u0000b" }],
  ["GET", "/not-a-uuid", undefined],
  ["POST", "/00000000-0000-4000-8000-000000000000/execute", { code: 5 }],
  ["POST", "/00000000-0000-4000-8000-000000000000/execute", { code: "x".repeat(300_000) }],
] as const)("bad input is refused with the field: %s %s", async (method, path, payload) => {
  expect(await client.call(kernel, method, path, payload)).toMatchObject({
    status: 400,
    body: { code: "validation_failed" },
  });
});

test("C25 B28: no token, no answer; log lines name user and workspace but never code or tokens", async () => {
  const id = await client.create(kernel);
  await client.run(kernel, id, "'very-private-code'");
  expect((await kernel.app.inject(`/api/v1/workspaces/${id}`)).statusCode).toBe(401);
  expect(kernel.lines).toContainEqual(expect.objectContaining({ userId: client.userId, workspaceId: id, status: 200 }));
  expect(kernel.text()).not.toContain("very-private-code");
  expect(kernel.text()).not.toContain(client.token);
});

test("input may have members of any name", async () => {
  const id = await client.create(kernel);
  await client.call(kernel, "PUT", `/${id}/handlers/names`, { code: "return Object.keys(input)" });
  const input = JSON.parse('{"__proto__":{"a":1},"constructor":{"prototype":{}}}') as object;
  const { body } = await client.call(kernel, "POST", `/${id}/handlers/names/invoke`, { input });
  expect(body.result).toEqual(["__proto__", "constructor"]);
});
