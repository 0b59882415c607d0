import { MAX_NAMES } from "../src/sandbox/parser";
import { createClient, startWorld, type TestKernel, type World } from "./harness";

let world: World;
let kernel: TestKernel;
const client = createClient();

beforeAll(async () => {
  world = await startWorld();
  kernel = await world.start({ TIMEOUT_MS: "3000" });
}, 60_000);
afterAll(() => world?.stop());

const declared = (names: number) =>
  `let ${Array.from({ length: names }, (_, index) => index.toString(36))
    .map((name) => `a${name}`)
    .join()}`;

/** The longest time that the server's thread was away while `work` went on. */
async function longestPause(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const look = () => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  };
  const timer = setInterval(look, 5);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  look();
  return longest;
}

test("code with tens of thousands of names is refused while the server goes on, as a handler and as a cell", async () => {
  const id = await client.create(kernel);
  const code = declared(50_000);
  expect(code.length).toBeLessThan(256 * 1024);
  const detail = expect.stringContaining(`at most ${MAX_NAMES} names`) as string;
  const put = await longestPause(async () => {
    const answer = await client.call(kernel, "PUT", `/${id}/handlers/h`, { code });
    expect(answer).toMatchObject({ status: 400, body: { detail } });
  });
  expect(put).toBeLessThan(1000);
  let answer: Record<string, unknown> = {};
  const cell = await longestPause(async () => {
    answer = await client.run(kernel, id, code);
  });
  expect(answer.error).toMatchObject({ code: "syntax_error", message: detail });
  expect(cell).toBeLessThan(1000);
  expect(await client.run(kernel, id, "1 + 1")).toMatchObject({ result: 2 });
});

test("as many names as code may declare are read and compiled, as a handler and as a cell", async () => {
  const id = await client.create(kernel);
  const code = declared(MAX_NAMES);
  expect((await client.call(kernel, "PUT", `/${id}/handlers/h`, { code })).status).toBe(200);
  expect((await client.call(kernel, "POST", `/${id}/handlers/h/invoke`, { input: 1 })).status).toBe(200);
  expect(await client.run(kernel, id, `${code}; 3`)).toMatchObject({ result: 3 });
});

test.each([
  ["let a; let a", 400],
  ["let a; { var a }", 400],
  ["{ function a() {} let a }", 400],
  ["try {} catch (a) { var a }", 200],
  ["var a; var a; function a() {} function a() {}", 200],
  ["var length, push, indexOf, constructor, __proto__; let toString", 200],
  ["let __proto__; let __proto__", 400],
  [`${"(".repeat(100_000)}`, 400],
])("names are found again however many there are: %s", async (code, status) => {
  const id = await client.create(kernel);
  expect((await client.call(kernel, "PUT", `/${id}/handlers/h`, { code })).status).toBe(status);
});

test.each([
  ["read in exponential time", `let a: any = ${"<a>(".repeat(60)}`, "timeout"],
  ["deeper than the stack", "", "syntax_error"],
])("a large program of deeply nested types ends in time, and its workspace goes on: %s", async (_name, begin, code) => {
  const id = await client.create(kernel);
  await client.run(kernel, id, "let kept = 41");
  const program = `${begin}let b: ${"[".repeat(256 * 1024)}`.slice(0, 256 * 1024);
  const pause = await longestPause(async () => {
    expect(await client.run(kernel, id, program)).toMatchObject({ error: { code }, rolledBack: false });
  });
  expect(pause).toBeLessThan(1000);
  expect(await client.run(kernel, id, "kept + 1")).toMatchObject({ result: 42 });
});

test("a name like the one of the completion is found in one pass", async () => {
  const id = await client.create(kernel);
  const code = `await 0; var $completion${"$".repeat(200_000)} = 1; 2`;
  expect(await client.run(kernel, id, code)).toMatchObject({ result: 2 });
});

test.each([
  ["return '\u0000'", 400],
  ["return '\ud800'", 200],
])("code that a database may not keep is refused, or kept: %j", async (code, status) => {
  const id = await client.create(kernel);
  expect((await client.call(kernel, "PUT", `/${id}/handlers/h`, { code })).status).toBe(status);
  expect((await client.call(kernel, "GET", `/${id}/handlers`)).status).toBe(200);
});
