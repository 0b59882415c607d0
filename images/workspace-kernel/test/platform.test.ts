import { join } from "node:path";
import { buildBundle } from "@nexus/testkit/bundle";
import { remove } from "@nexus/testkit/server-process";
import type { ExecutionOutcome, WorkspaceChange, WorkspaceImage } from "../src/sandbox/messages";
import { SandboxPool } from "../src/sandbox/pool";
import { MAX_TIMERS } from "../src/sandbox/timers";

const NOTHING: WorkspaceImage = { segments: [], memoryBytes: 0, data: { state: {}, panels: {}, streamSeq: 0 } };
const TIMEOUT_MS = 2000;

let bundle: string;
let pool: SandboxPool;
let workspaces = 0;

beforeAll(async () => {
  bundle = await buildBundle("workspace-kernel");
  pool = await SandboxPool.create({
    workerFile: join(bundle, "worker.js"),
    wasmFile: join(bundle, "quickjs.wasm"),
    workers: 1,
    limits: { memoryBytes: 32 * 1024 * 1024, timeoutMs: TIMEOUT_MS },
    standbyDelayMs: 600_000,
  });
});

afterAll(async () => {
  await pool?.close();
  await remove(bundle);
});

async function execute(workspaceId: string, code: string, image = NOTHING) {
  const onCall = async () => ({ value: '{"status":200}' });
  const end = await pool.run(workspaceId, { kind: "cell", code }, { tenantId: "t", load: async () => image, onCall });
  if (end.type === "lost") throw new Error("the worker was lost");
  return end;
}

/** Runs cells one after another in a new workspace; the outcome of the last. */
async function run(...codes: readonly string[]): Promise<ExecutionOutcome> {
  workspaces += 1;
  const outcomes: ExecutionOutcome[] = [];
  for (const code of codes) outcomes.push((await execute(`w${workspaces}`, code)).outcome);
  return outcomes.at(-1) as ExecutionOutcome;
}

const logsOf = ({ logs }: ExecutionOutcome) => logs.map(({ message }) => message);

test.each([
  ["new URL('../b?c=ü#d', 'https://user@Exämple.org:443/a/').href", "https://user@xn--exmple-cua.org/b?c=%C3%BC#d"],
  ["const u = new URL('http://a/'); u.searchParams.append('x', 'y z'); u.port = '81'; u.href", "http://a:81/?x=y+z"],
  ["new TextDecoder().decode(new TextEncoder().encode('a\\0ü€😀\\ud800'))", "a\0ü€😀\ufffd"],
  ["new TextDecoder('gb18030').decode(new Uint8Array([0x94, 0x39, 0xda, 0x33]))", "💩"],
  ["atob(btoa('\\0ÿ'))", "\0ÿ"],
  ["structuredClone(new Map([['a', { at: new Date(0), list: [1, , 3] }]])).get('a').list.length", 3],
  ["const loop = {}; loop.self = loop; const copy = structuredClone(loop); copy.self === copy && copy !== loop", true],
  [
    "const b = new ArrayBuffer(8); const c = structuredClone(new Uint8Array(b, 2), { transfer: [b] }); [b.byteLength, c.length]",
    [0, 6],
  ],
  ["/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())", true],
  ["new Uint8Array(await crypto.subtle.digest('SHA-1', new TextEncoder().encode('abc')))[0]", 0xa9],
  [
    "const seen = []; const t = new EventTarget(); t.addEventListener('x', (e) => seen.push(e.detail)); t.dispatchEvent(new CustomEvent('x', { detail: 7 })); seen",
    [7],
  ],
  [
    "const c = new AbortController(); c.abort(); try { c.signal.throwIfAborted() } catch (error) { [error.name, error.code, error instanceof Error] }",
    ["AbortError", 20, true],
  ],
  ["const first = performance.now(); performance.now() >= first && performance.timeOrigin > 0", true],
  ["self === globalThis", true],
  [
    "const all = []; for await (const part of new Blob(['a', new Uint8Array([98])]).stream().pipeThrough(new TextDecoderStream())) all.push(part); all",
    ["ab"],
  ],
  [
    "const file = structuredClone(new File(['ü'], 'name', { type: 'Text/Plain' })); [file.size, file.name, file.type]",
    [2, "name", "text/plain"],
  ],
])("a cell can use the web's interfaces: %s", async (code, result) => {
  expect(await run(code)).toMatchObject({ result, logs: [] });
});

test("what a cell made of them goes on after its memory was loaded elsewhere", async () => {
  const made = `const url = new URL("http://a/?b=1");
    const decoder = new TextDecoder();
    const half = decoder.decode(new Uint8Array([0xe2, 0x82]), { stream: true });
    const controller = new AbortController();
    let reason; controller.signal.onabort = () => { reason = controller.signal.reason };
    const iterator = url.searchParams.entries();
    const stream = new ReadableStream({ start: (it) => { it.enqueue(1); it.enqueue(2); it.close() } });
    const reader = stream.getReader(); await reader.read();`;
  const { change } = await execute("here", made);
  const { segment, memoryBytes } = change as WorkspaceChange;
  const elsewhere = { ...NOTHING, segments: [new Uint8Array(segment)], memoryBytes };
  const code = `url.searchParams.append("c", "2"); controller.abort("why");
    [url.href, half + decoder.decode(new Uint8Array([0xac])), reason, [...iterator].length, (await reader.read()).value]`;
  expect((await execute("elsewhere", code, elsewhere)).outcome.result).toEqual(["http://a/?b=1&c=2", "€", "why", 2, 2]);
});

test("names of the web's interfaces stay free for code: variables, functions and classes replace them", async () => {
  const code = "var fetch = 1; function URL() {} class Event {} let crypto = 2; globalThis.setTimeout = 3;";
  const kinds = "[fetch, typeof new URL(), Event.name, crypto, setTimeout, typeof structuredClone]";
  expect(await run(code, kinds, "new URLSearchParams('a=1').get('a')", kinds)).toMatchObject({
    result: [1, "object", "Event", 2, 3, "function"],
  });
});

test("timers fire in the order of their time, and an execution ends after the last one", async () => {
  // A slow machine may take longer to set a timer than it waits. So each is due between two times.
  const set =
    "const one = { from: performance.now() + ms }; setTimeout((timer) => seen.push(timer), ms, one); one.to = performance.now() + ms";
  const order = `const seen = []; for (const ms of [20, 5, 0, 5]) { ${set} }`;
  const inOrder = "[seen.length, seen.every((one, at) => at === 0 || seen[at - 1].from <= one.to)]";
  expect(await run(order, inOrder)).toMatchObject({ result: [4, true] });
  const ticks = "let n = 0; const id = setInterval(() => { n += 1; if (n === 3) clearInterval(id) }, 2)";
  expect(await run(ticks, "n")).toMatchObject({ result: 3 });
  expect(await run("await new Promise((done) => setTimeout(done, 5, 'waited'))")).toMatchObject({ result: "waited" });
  const cleared = "const gone = setTimeout(() => console.log('no'), 1); clearTimeout(gone); clearTimeout(99); 1";
  expect(logsOf(await run(cleared))).toEqual([]);
});

test("a timer that is due after the end of the running time fails at once, and no timer outlives its execution", async () => {
  const late = await run("setTimeout(() => console.log('never'), 60_000); setInterval(() => {}, 60_000)", "1 + 1");
  expect(late).toMatchObject({ result: 2, logs: [] });
  const outcome = await run("setTimeout(() => {}, 60_000)");
  expect(outcome).toMatchObject({ reset: false, error: { code: "timeout" } });
  expect(outcome.error?.message).toBe(
    `Code may run and wait for timers ${TIMEOUT_MS} ms, and its next timer is due later. Use a shorter delay, or clear the timer`,
  );
  expect(outcome.durationMs).toBeLessThan(TIMEOUT_MS);
  expect(await run("const again = () => setTimeout(again); again()")).toMatchObject({ error: { code: "timeout" } });
});

test("the signal of AbortSignal.timeout aborts what waits, and alone keeps no execution alive", async () => {
  expect(await run("AbortSignal.timeout(60_000).aborted")).toMatchObject({ result: false });
  const waits =
    "await new Promise((done) => { AbortSignal.timeout(5).onabort = ({ target }) => done(target.reason.name) })";
  expect(await run(waits)).toMatchObject({ result: "TimeoutError" });
  expect(await run("await new Promise(() => {})")).toMatchObject({ error: { code: "never_settled" } });
});

test("an error in a callback is a line of the log, and the execution continues", async () => {
  const outcome =
    await run(`setTimeout(() => { throw new Error("timer") }); queueMicrotask(() => { throw new Error("task") });
    const t = new EventTarget(); t.addEventListener("x", () => { throw new Error("event") }); t.dispatchEvent(new Event("x")); "end"`);
  expect(outcome.result).toBe("end");
  expect(logsOf(outcome).map((line) => line.split("\n")[0])).toEqual([
    "Uncaught Error: event",
    "Uncaught Error: task",
    "Uncaught Error: timer",
  ]);
});

const slow = "['ü', 'é'].map((one) => one.repeat(1e6))";
test.each([
  [
    "a URL of a long name",
    "new URL('http://' + Array.from({ length: 1e5 }, (_, i) => String.fromCodePoint(0x4e00 + i % 20000)).join('') + '/')",
  ],
  [
    "such a name behind white space",
    "new URL(' ht\\ntp:/\\\\/' + Array.from({ length: 1e5 }, (_, i) => String.fromCodePoint(0x4e00 + i % 20000)).join(''))",
  ],
  [
    "such a name in a setter",
    "new URL('http://a/').host = Array.from({ length: 1e5 }, (_, i) => String.fromCodePoint(0x4e00 + i % 20000)).join('')",
  ],
  ["a URL that is too long", "new URL('http://a/' + 'a'.repeat(2 ** 20))"],
  ["too many random bytes", "crypto.getRandomValues(new Uint8Array(65_537))"],
  ["an unknown digest", "await crypto.subtle.digest('MD5', new Uint8Array(1))"],
  ["an unknown encoding", "new TextDecoder('x'.repeat(1e6))"],
  ["a base64 that is none", "atob('a'.repeat(1e6) + '*')"],
  ["a function to clone", "structuredClone({ a: () => 1 })"],
  [
    "an object too deep to clone",
    "let deep = {}; for (let i = 0; i < 1e5; i += 1) deep = { deep }; structuredClone(deep)",
  ],
  ["too many timers", `for (let i = 0; i <= ${MAX_TIMERS}; i += 1) setTimeout(() => {}, 1)`],
  [
    "text beyond the memory",
    `${slow}; new TextEncoder().encode('ü'.repeat(6e6)).length + new TextDecoder().decode(new Uint8Array(2e7)).length`,
  ],
])("%s gives an error that code can catch, and the workspace continues", async (_what, code) => {
  const outcome = await run(`${code}`);
  expect(outcome).toMatchObject({ reset: false });
  expect(["script_error", "memory_limit"]).toContain(outcome.error?.code);
  expect(await execute(`w${workspaces}`, "1 + 1")).toMatchObject({ outcome: { result: 2 } });
});

test("code that replaced the language's own functions gets no more of the host than before", async () => {
  const outcome = await run(`const seen = new Set();
    for (const name of ["call", "apply", "bind"]) {
      const original = Function.prototype[name];
      Function.prototype[name] = function (...values) { seen.add(this); return Reflect.apply(original, this, values) };
    }
    for (const [holder, name] of [[Map.prototype, "get"], [Map.prototype, "set"], [Array.prototype, "push"], [JSON, "parse"]]) {
      const original = holder[name];
      holder[name] = function (...values) { values.forEach((one) => seen.add(one)); return Reflect.apply(original, this, values) };
    }
    new URL("http://a/?b=1").searchParams.get("b"); structuredClone(new Map([[1, 2]])); crypto.randomUUID();
    atob("aGk="); performance.now(); new AbortController().abort(); setTimeout(() => {}, 1);
    const answers = [];
    for (const one of seen)
      if (typeof one === "function")
        for (const values of [[], ["state.get", "1"], [1e9, 1e9], ["digest", '"MD5"', {}], ["events", {}, new ArrayBuffer(8)]])
          try { answers.push(typeof one(...values)) } catch (error) { answers.push(String(error)) }
    answers.length > 0`);
  expect(outcome).toMatchObject({ reset: false });
  expect(await execute(`w${workspaces}`, "1 + 1")).toMatchObject({ outcome: { result: 2, logs: [] } });
});
