import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { buildBundle } from "@nexus/testkit/bundle";
import { remove } from "@nexus/testkit/server-process";
import type { HostCall, HostCallAnswer, WorkspaceImage } from "../src/sandbox/messages";
import { SandboxPool } from "../src/sandbox/pool";

const NOTHING: WorkspaceImage = { segments: [], memoryBytes: 0, data: { state: {}, panels: {}, streamSeq: 0 } };

let bundle: string;
let pool: SandboxPool;
let workspaces = 0;
/** Calls that reached the host. */
const calls: { readonly request: Readonly<Record<string, unknown>>; readonly signal: AbortSignal }[] = [];

beforeAll(async () => {
  bundle = await buildBundle("workspace-kernel");
  pool = await SandboxPool.create({
    workerFile: join(bundle, "worker.js"),
    wasmFile: join(bundle, "quickjs.wasm"),
    workers: 1,
    limits: { memoryBytes: 32 * 1024 * 1024, timeoutMs: 5000 },
    standbyDelayMs: 600_000,
  });
});

afterAll(async () => {
  await pool?.close();
  await remove(bundle);
});

beforeEach(() => {
  calls.length = 0;
});

/** The host's answer to a request: by its path, and with what came as headers and body. */
async function answer(request: Readonly<Record<string, unknown>>): Promise<HostCallAnswer> {
  const { pathname } = new URL(String(request.url));
  if (pathname === "/silence") return await new Promise(() => undefined);
  if (pathname === "/refused") return { error: JSON.stringify({ name: "HttpError", message: "not allowed" }) };
  const said = { status: 200, statusText: "OK", url: request.url, isRedirected: false, body: "", headers: [] };
  const headers = [
    ["Content-Type", 'Text/HTML; charset="utf-8"'],
    ["Set-Cookie", "a=1"],
    ["Set-Cookie", "b=2"],
  ];
  if (pathname === "/headers") return { value: JSON.stringify({ ...said, headers, body: "77u/w7w=" }) };
  const status = Number(pathname.slice(1)) || 200;
  return { value: JSON.stringify({ ...said, status, body: request.body ?? "" }) };
}

const onCall = async (_since: number, { request }: HostCall, signal: AbortSignal) => {
  const read = JSON.parse(request) as Readonly<Record<string, unknown>>;
  calls.push({ request: read, signal });
  return await answer(read);
};

const CALLER = { tenantId: "t", load: async () => NOTHING, onCall };

/** Runs a cell in a new workspace. */
async function run(code: string) {
  workspaces += 1;
  const end = await pool.run(`w${workspaces}`, { kind: "cell", code }, CALLER);
  if (end.type === "lost") throw new Error("the worker was lost");
  return end.outcome;
}

test.each<readonly [what: string, code: string, result: unknown]>([
  [
    "headers are sorted, in lower case and combined, except cookies",
    "[...new Headers([['B', '1'], ['a', ' 2\\t'], ['b', '3'], ['Set-Cookie', 'x'], ['set-cookie', 'y']])]",
    [
      ["a", "2"],
      ["b", "1, 3"],
      ["set-cookie", "x"],
      ["set-cookie", "y"],
    ],
  ],
  [
    "headers are changed by name",
    "const h = new Headers({ A: '1', b: '2' }); h.append('a', '3'); h.set('B', 4); h.delete('none'); [h.get('a'), h.get('b'), h.get('c'), h.has('A'), h.getSetCookie()]",
    ["1, 3", "4", null, true, []],
  ],
  [
    "an iterator sees what changes meanwhile",
    "const h = new Headers({ a: '1', b: '2' }); const seen = []; for (const [name] of h) { seen.push(name); h.delete('a'); h.set('c', '3') } seen",
    ["a", "c"],
  ],
  [
    "a request has the defaults of the standard",
    "const r = new Request('http://a/b?c#d'); [r.url, r.method, r.mode, r.credentials, r.cache, r.redirect, r.referrer, r.integrity, r.keepalive, r.duplex, r.signal.aborted, r.body, r.bodyUsed, String(r)]",
    [
      ...["http://a/b?c#d", "GET", "cors", "same-origin", "default", "follow", "about:client", "", false, "half"],
      ...[false, null, false, "[object Request]"],
    ],
  ],
  [
    "methods are written in one way, if they are usual",
    "['get', 'pAtCh', 'put', 'foo'].map((method) => new Request('http://a', { method }).method)",
    ["GET", "pAtCh", "PUT", "foo"],
  ],
  [
    "a request ignores headers of the connection",
    "const r = new Request('http://a', { headers: { Host: 'x', 'Content-Length': '1', 'Proxy-Foo': '1', cookie: 'c' } }); r.headers.append('te', 'x'); [...r.headers]",
    [["cookie", "c"]],
  ],
  [
    "a request is made of another one, whose body it takes",
    "const one = new Request('http://a', { method: 'POST', body: 'x', headers: { a: '1' } }); const two = new Request(one, { headers: { b: '2' } }); [one.bodyUsed, two.method, [...two.headers].join(), await two.text()]",
    [true, "POST", "b,2", "x"],
  ],
  [
    "a clone has a body of its own, also of a stream",
    "const r = new Response(new Blob(['ab']).stream()); const c = r.clone(); [await r.text(), await c.text(), r.bodyUsed && c.bodyUsed, new Response('x').clone().body.locked]",
    ["ab", "ab", true, false],
  ],
  [
    "a body can be read once, and its type follows from what it is",
    "const all = []; for (const body of ['t', new URLSearchParams({ a: 'b c' }), new Blob(['b'], { type: 'X/y' }), new Uint8Array([99]), null, undefined, 5]) { const r = new Response(body); all.push([r.headers.get('content-type'), await r.text(), r.bodyUsed, await r.text().catch((e) => e.name)]) } all",
    [
      ["text/plain;charset=UTF-8", "t", true, "TypeError"],
      ["application/x-www-form-urlencoded;charset=UTF-8", "a=b+c", true, "TypeError"],
      ["x/y", "b", true, "TypeError"],
      [null, "c", true, "TypeError"],
      [null, "", false, ""],
      [null, "", false, ""],
      ["text/plain;charset=UTF-8", "5", true, "TypeError"],
    ],
  ],
  [
    "a body is read as bytes, a buffer, a blob and JSON, without a byte order mark",
    "const r = () => new Response('\\ufeff[1]', { headers: { 'content-type': 'A/b; c=\"d e\"' } }); const blob = await r().blob(); [[...await r().bytes()].length, (await r().arrayBuffer()).byteLength, blob.size, blob.type, await r().json(), await r().text()]",
    [6, 6, 6, 'a/b;c="d e"', [1], "[1]"],
  ],
  [
    "a body is a stream, which code can read in parts; a used one is locked",
    "const r = new Response('abc'); const parts = []; for await (const part of r.body) parts.push(...part); const used = new Response('x'); await used.text(); [parts, r.bodyUsed, used.body.locked, used.bodyUsed]",
    [[97, 98, 99], true, true, true],
  ],
  [
    "a stream is sent as a body",
    "const body = new ReadableStream({ start(it) { it.enqueue(new TextEncoder().encode('par')); it.enqueue(new TextEncoder().encode('ts')); it.close() } }); await (await fetch('http://a/', { method: 'POST', body, duplex: 'half' })).text()",
    "parts",
  ],
  [
    "a response has what was given",
    "const r = new Response(null, { status: 204, statusText: 'Nothing', headers: { a: 'b' } }); [r.status, r.ok, r.statusText, r.type, r.url, r.redirected, r.headers.get('a'), r.body]",
    [204, true, "Nothing", "default", "", false, "b", null],
  ],
  [
    "the static functions of responses",
    "const j = Response.json({ a: 1 }, { status: 201 }); const d = Response.redirect('http://a/ü', 307); const e = Response.error(); [j.status, j.headers.get('content-type'), await j.json(), d.status, d.headers.get('location'), e.type, e.status]",
    [201, "application/json", { a: 1 }, 307, "http://a/%C3%BC", "error", 0],
  ],
  [
    "a form holds texts and files",
    "const f = new FormData(); f.append('a', 1); f.append('a', new Blob(['x'], { type: 'text/html' })); f.set('b', new File(['y'], 'y.txt'), 'z.txt'); f.append('c', '2'); f.delete('c'); [f.getAll('a').map((one) => one.name ?? one), f.get('b').name, f.has('c'), [...f.keys()], f.get('c')]",
    [["1", "blob"], "z.txt", false, ["a", "a", "b"], null],
  ],
  [
    "a form goes through a body and back",
    "const f = new FormData(); f.append('a\"\\n', 'l1\\nl2'); f.append('f', new File([new Uint8Array([0, 13, 10, 255])], 'n\".bin', { type: 'a/b' })); f.append('e', ''); const g = await new Response(f).formData(); const file = g.get('f'); [[...g.keys()], g.get('a\"\\r\\n'), file.name, file.type, [...await file.bytes()], g.get('e')]",
    [['a"\r\n', "f", "e"], "l1\r\nl2", 'n".bin', "a/b", [0, 13, 10, 255], ""],
  ],
  [
    "a query is read as a form",
    "[...await new Response(new URLSearchParams([['?a', 'b c'], ['ü', '']])).formData()]",
    [
      ["?a", "b c"],
      ["ü", ""],
    ],
  ],
])("by the fetch standard: %s", async (_what, code, result) => {
  expect(await run(code)).toMatchObject({ result, logs: [] });
});

test.each([
  ["new Headers(null)", "TypeError"],
  ["new Headers('a')", "TypeError"],
  ["new Headers([['a']])", "TypeError"],
  ["new Headers({ 'a b': '1' })", "TypeError"],
  ["new Headers({ a: 'x\\ny' })", "TypeError"],
  ["new Headers({ a: 'ā' })", "TypeError"],
  ["Headers.prototype.get.call({}, 'a')", "TypeError"],
  ["new Request('/relative')", "TypeError"],
  ["new Request('http://u:p@a/')", "TypeError"],
  ["new Request('http://a', { method: 'CONNECT' })", "TypeError"],
  ["new Request('http://a', { method: 'a b' })", "TypeError"],
  ["new Request('http://a', { body: 'x' })", "TypeError"],
  ["new Request('http://a', { mode: 'navigate' })", "TypeError"],
  ["new Request('http://a', { redirect: 'none' })", "TypeError"],
  ["new Request('http://a', { signal: {} })", "TypeError"],
  ["new Request('http://a', { headers: null })", "TypeError"],
  ["new Request('http://a', { cache: 'only-if-cached' })", "TypeError"],
  ["new Request('http://a', { method: 'POST', body: new ReadableStream() })", "TypeError"],
  ["new Response('x', { status: 204 })", "TypeError"],
  ["new Response('', { status: 199 })", "RangeError"],
  ["new Response('', { statusText: 'a\\nb' })", "TypeError"],
  ["Response.redirect('http://a', 200)", "RangeError"],
  ["Response.json(undefined)", "TypeError"],
  ["Response.error().headers.set('a', 'b')", "TypeError"],
  ["const r = new Response('x'); await r.text(); r.clone()", "TypeError"],
  ["const r = new Response('x'); r.body.getReader(); await r.text()", "TypeError"],
  ["await new Response('{').json()", "SyntaxError"],
  ["await new Response('a=b').formData()", "TypeError"],
  [
    "await new Response('--x', { headers: { 'content-type': 'multipart/form-data; boundary=x' } }).formData()",
    "TypeError",
  ],
  ["await new Response(new ReadableStream({ start(it) { it.enqueue('text'); it.close() } })).text()", "TypeError"],
  ["new FormData({})", "TypeError"],
  ["new FormData().append('a', 'b', 'c')", "TypeError"],
  ["structuredClone(new Response())", "DataCloneError"],
  ["await fetch()", "TypeError"],
  ["await fetch('http://a/refused')", "TypeError"],
])("an error by the standard: %s", async (code, name) => {
  expect(await run(code)).toMatchObject({ reset: false, error: { code: "script_error", name } });
});

test("the host gets method, headers and bytes, and its answer is a response that cannot be changed", async () => {
  const outcome = await run(`
    const headers = { A: "1", "content-length": "99" };
    const answer = await fetch("http://a/headers#part", { method: "put", headers, body: new Uint8Array([0, 255]), redirect: "manual" });
    const { ok, status, statusText, type, url, redirected } = answer;
    let changed; try { answer.headers.set("a", "b") } catch (error) { changed = error.name }
    [ok, status, statusText, type, url, redirected, changed, answer.headers.getSetCookie(), (await answer.clone().blob()).type, await answer.text()]`);
  expect(outcome.result).toEqual([
    ...[true, 200, "OK", "basic", "http://a/headers#part", false, "TypeError"],
    ...[["a=1", "b=2"], "text/html;charset=utf-8", "ü"],
  ]);
  expect(calls.map(({ request }) => request)).toEqual([
    {
      url: "http://a/headers#part",
      method: "PUT",
      headers: { accept: "*/*", a: "1" },
      body: "AP8=",
      redirect: "manual",
    },
  ]);
});

test.each([
  ["before it is made", "c.abort(); fetch('http://a/silence', c)", "AbortError", 0],
  ["at once", "const p = fetch('http://a/silence', c); c.abort(); p", "AbortError", 0],
  ["while it is open", "fetch('http://a/').then(() => c.abort('why')); fetch('http://a/silence', c)", "Thrown", 1],
  [
    "by the signal of a request",
    "fetch('http://a/').then(() => c.abort()); fetch(new Request('http://a/silence', c))",
    "AbortError",
    1,
  ],
])("a call that is aborted %s ends for code and for the host", async (_when, code, name, made) => {
  const cell = `const c = new AbortController(); await eval(${JSON.stringify(code)})`;
  expect(await run(cell)).toMatchObject({ error: { name } });
  const silent = calls.filter(({ request }) => request.url === "http://a/silence");
  expect(silent.map(({ signal }) => signal.aborted)).toEqual(Array.from({ length: made }, () => true));
});

test("a call ends with the time of its signal, and with its execution", async () => {
  const timed = "await fetch('http://a/silence', { signal: AbortSignal.timeout(5) })";
  expect(await run(timed)).toMatchObject({ error: { name: "TimeoutError" } });
  const running = pool.run("lost", { kind: "cell", code: "await fetch('http://a/silence')" }, CALLER);
  while (calls.length < 2) await setImmediate();
  pool.dispose("lost");
  expect(await running).toMatchObject({ type: "lost" });
  expect(calls.map(({ signal }) => signal.aborted)).toEqual([true, true]);
});

test("an error tells why the host refused, and the integrity of an answer is checked", async () => {
  const refused = "try { await fetch('http://a/refused') } catch (error) { [error.message, error.cause.name] }";
  expect((await run(refused)).result).toEqual(["fetch failed: not allowed", "HttpError"]);
  const checked = (digest: string) =>
    run(`await (await fetch("http://a/", { method: "POST", body: "abc", integrity: "sha256-${digest}" })).text()`);
  expect(await checked("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")).toMatchObject({ result: "abc" });
  expect((await checked("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1=")).error?.message).toContain("another digest");
});

test("a HEAD request and a status without a body give none; one execution sends a bounded number of bytes", async () => {
  expect(
    (await run("[(await fetch('http://a/', { method: 'HEAD' })).body, (await fetch('http://a/304')).body]")).result,
  ).toEqual([null, null]);
  const many = "for (let n = 0; n < 9; n += 1) await fetch('http://a/', { method: 'POST', body: new Uint8Array(1e6) })";
  expect((await run(many)).error?.message).toBe(
    "fetch failed: the requests of one execution may have 8388608 bytes together",
  );
});

test("code of its own may use the names", async () => {
  const shadowed =
    "var fetch = 1; class Response {} let Headers = 2; [fetch, new Response() instanceof Response, Headers]";
  expect(await run(shadowed)).toMatchObject({ result: [1, true, 2] });
});
