/** The outcome that the caller of a hostile program must see: a value, or an error with its stable code. */
export type Expected = { readonly value: unknown } | { readonly code: string; readonly name?: string };

export interface HostileProgram {
  readonly name: string;
  readonly code: string;
  readonly expected: Expected;
}

const value = (name: string, code: string, expected: unknown): HostileProgram => ({
  name,
  code,
  expected: { value: expected },
});
const error = (name: string, code: string, errorCode: string, errorName?: string): HostileProgram => ({
  name,
  code,
  expected: { code: errorCode, ...(errorName ? { name: errorName } : {}) },
});

/** Programs that try to reach the host. */
const escapes = [
  value("process", "typeof process", "undefined"),
  value("require", "typeof require", "undefined"),
  value("module and exports", "[typeof module, typeof exports, typeof __filename]", Array(3).fill("undefined")),
  value(
    "host globals",
    "[typeof XMLHttpRequest, typeof WebSocket, typeof setImmediate, typeof WebAssembly]",
    Array(4).fill("undefined"),
  ),
  value(
    "engine globals",
    "[typeof std, typeof os, typeof scriptArgs, typeof bjson, typeof print]",
    Array(5).fill("undefined"),
  ),
  value("threads and shared memory", "[typeof Worker, typeof SharedWorker]", ["undefined", "undefined"]),
  value(
    "the Function constructor stays inside",
    "Function('return typeof process + typeof require')()",
    "undefinedundefined",
  ),
  value("constructor of the console's functions", "console.log.constructor('return typeof process')()", "undefined"),
  value("constructor of a host function", "Math.random.constructor('return typeof process')()", "undefined"),
  value(
    "constructor of an async function",
    "await (async () => {}).constructor('return typeof process')()",
    "undefined",
  ),
  value(
    "constructor of a generator",
    "(function* () {}).constructor('yield typeof process')().next().value",
    "undefined",
  ),
  value("indirect eval", "(0, eval)('typeof process')", "undefined"),
  value(
    "callers are not visible",
    "(() => { try { return (function f() { return f.caller })() } catch (e) { return e.name } })() ?? null",
    null,
  ),
  value("the stack names no file of the host", "/node_modules|worker\\.js|\\.ts/.test(new Error().stack)", false),
  value(
    "an error of a host function is one of ours",
    "(() => { try { state.get('') } catch (e) { return e instanceof Error && e.constructor === Error } })()",
    true,
  ),
  error("import of a module", "await import('fs')", "script_error"),
  error("import of a file", "await import('file:///etc/passwd')", "script_error"),
  error("import statement", "import fs from 'fs'", "syntax_error"),
  error(
    "a with statement over a proxy",
    "with (new Proxy({}, { has: () => true, get: () => { throw new Error('with') } })) { x }",
    "script_error",
  ),
] as const;

/** Programs that turn built-ins against the code that reads results. */
const tricks = [
  value(
    "Object.prototype is poisoned",
    "Object.prototype.toJSON = () => { throw 1 }; Object.prototype.display = 'x'; 1",
    1,
  ),
  value(
    "Array.prototype is poisoned",
    "Array.prototype.join = Array.prototype.map = () => { for (;;); }; [1, 2].length",
    2,
  ),
  value("JSON.stringify is replaced", "JSON.stringify = JSON.parse = () => 'evil'; 7", 7),
  value("Promise is replaced", "globalThis.Promise = class {}; Object.prototype.then = 1; 8", 8),
  value(
    "String methods are replaced",
    "String.prototype.slice = String.prototype.split = () => { throw 2 }; 'ok'",
    "ok",
  ),
  value("Reflect is replaced", "Reflect.apply = Reflect.ownKeys = () => { throw 3 }; ({ a: 1 })", { a: 1 }),
  value("Symbol.iterator is broken", "Array.prototype[Symbol.iterator] = function* () { throw 4 }; 9", 9),
  value("console is deleted", "delete globalThis.console; delete globalThis.state; 10", 10),
  value("the global object is frozen", "Object.freeze(globalThis); 11", 11),
  error("a getter that throws", "({ get a() { throw new Error('getter') } }).a", "script_error"),
  value(
    "a result with a throwing getter",
    "Object.defineProperty({}, 'a', { enumerable: true, get() { throw 1 } })",
    null,
  ),
  value("a proxy that throws from every trap", "new Proxy(() => {}, new Proxy({}, { get() { throw 1 } }))", null),
  error("a result whose toJSON never ends", "({ toJSON() { for (;;); } })", "timeout"),
  error("a proxy whose ownKeys never ends", "new Proxy({}, { ownKeys() { for (;;); } })", "timeout"),
  value("a thenable as result", "({ then(f) { f('taken') } })", {}),
  error("a thrown object without prototype", "throw Object.create(null)", "script_error", "Thrown"),
  error("a thrown proxy", "throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } })", "script_error"),
  error(
    "an error whose message is a getter that never ends",
    "throw Object.defineProperty(new Error(), 'message', { get() { for (;;); } })",
    "timeout",
  ),
  error(
    "an error that claims a code of ours",
    "throw Object.assign(new Error('x'), { code: 'memory_limit', name: 'InternalError' })",
    "script_error",
  ),
  error(
    "an error that claims to be the memory limit's",
    "throw Object.assign(new Error('the workspace needs more'), { name: 'MemoryLimitError' })",
    "script_error",
  ),
] as const;

/** Programs that never give the processor back. */
const endless = [
  error("an endless loop", "for (;;);", "timeout"),
  error("an endless loop in a finally block", "try { for (;;); } finally { for (;;); }", "timeout"),
  error("a loop that catches everything", "for (;;) try { for (;;); } catch {}", "timeout"),
  error("an endless chain of promises", "let p = Promise.resolve(); function g() { p = p.then(g) } g()", "timeout"),
  error("an endless await", "for (;;) await null", "timeout"),
  error("a promise that never settles", "await new Promise(() => {})", "never_settled"),
  error("an endless generator", "for (const _ of (function* () { for (;;) yield })());", "timeout"),
  error("a regular expression bomb", "/^(a+)+$/.test('a'.repeat(40) + 'b')", "timeout"),
  error("a regular expression bomb with lookahead", "/(?=(x+x+)+y)z/.test('x'.repeat(60))", "timeout"),
  error("a loop inside the engine", "[].indexOf.call({ length: 2 ** 53 - 1 }, 1)", "timeout"),
  error("a sort with an endless comparison", "[3, 2, 1].sort(() => { for (;;); })", "timeout"),
  error("an endless loop in a replacer", "JSON.stringify({ a: 1 }, () => { for (;;); })", "timeout"),
  error("an endless loop in valueOf", "1 + { valueOf() { for (;;); } }", "timeout"),
] as const;

/** Programs that take all the memory. */
const greedy = [
  error("an array without end", "const l = []; for (;;) l.push(new Array(1000).fill(l.length))", "memory_limit"),
  error("a string that doubles", "let s = 'x'; for (;;) s += s", "script_error"),
  error("a large buffer", "new Uint8Array(2 ** 31)", "script_error"),
  error("many buffers", "const b = []; for (;;) b.push(new ArrayBuffer(1e6))", "memory_limit"),
  error("a long padded string", "'x'.padEnd(2 ** 29)", "memory_limit"),
  error("an array of an impossible length", "new Array(-1)", "script_error", "RangeError"),
  error("a map without end", "const m = new Map(); for (let i = 0; ; i++) m.set(i, { i })", "memory_limit"),
  error(
    "closures without end",
    "let f = () => 0; for (;;) { const g = f; f = () => [g, new Array(50)] }",
    "memory_limit",
  ),
  error("deep recursion", "function r() { return r() + 1 } r()", "script_error"),
  error("recursion through a getter", "const o = { get a() { return this.a } }; o.a", "script_error"),
  error("recursion through a proxy", "const p = new Proxy({}, { get: (t, k, r) => r[k] }); p.a", "script_error"),
  error("recursion through toString", "const o = { toString() { return '' + o } }; '' + o", "script_error"),
  error("deeply nested JSON", "JSON.parse('['.repeat(1e5) + ']'.repeat(1e5))", "script_error"),
  error("deeply nested code", "eval('('.repeat(5e4))", "script_error", "SyntaxError"),
  error("code that is nested too deeply to read", `${"[".repeat(30_000)}${"]".repeat(30_000)}`, "syntax_error"),
] as const;

/** Drowning the caller. */
const loud = [
  value("thousands of lines", "for (let i = 0; i < 2000; i++) console.log('x'.repeat(1000)); 'said'", "said"),
  value("one line of megabytes", "console.log('é'.repeat(3e6)); 'said'", "said"),
  value("a large result", "'x'.repeat(5e6)", null),
  value("a wide object", "Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => ['k'.repeat(20) + i, i]))", null),
  value("a deep object", "let o = {}; for (let i = 0; i < 500; i++) o = { o }; typeof o", "object"),
  error("a large error", "throw new Error('x'.repeat(5e6))", "script_error"),
  error("events without end", "for (;;) emit('e', 1)", "script_error", "LimitError"),
  error("panels without end", "for (let i = 0; ; i++) view.set('p' + i, i)", "script_error", "LimitError"),
  error(
    "state without end",
    "for (let i = 0; ; i++) state.set('k' + i, 'x'.repeat(1000))",
    "script_error",
    "LimitError",
  ),
  value(
    "state under dangerous names",
    "state.set('__proto__', { a: 1 }); state.set('constructor', 2); [state.keys(), ({}).a ?? null]",
    [["__proto__", "constructor"], null],
  ),
  value(
    "a panel patched through __proto__",
    "view.set('p', {}); view.update('p', JSON.parse('{\"__proto__\":{\"x\":1}}')); ({}).x ?? null",
    null,
  ),
  error("names of panels that are no text", "view.set({ toString: () => 'p' }, 1)", "script_error", "TypeError"),
] as const;

const privateUrls = [
  "http://127.0.0.1/",
  "http://localhost/",
  "http://[::1]/",
  "http://[::ffff:127.0.0.1]/",
  "http://2130706433/",
  "http://0x7f.1/",
  "http://0177.0.0.1/",
  "http://169.254.169.254/latest/meta-data/",
  "http://[fd00:ec2::254]/",
  "http://10.0.0.1/",
  "http://0/",
  "file:///etc/passwd",
  "http://user:pass@allowed.test/",
];

/** Calls to addresses that must not be called. The tenant allows every one of these names. */
const forgeries = [
  ...privateUrls.map((url) => error(`a call to ${url}`, `await ext.http('${url}')`, "script_error", "HttpError")),
  error(
    "a call with a forged host",
    "await ext.http({ url: 'http://allowed.test/', headers: { host: 'metadata' } })",
    "script_error",
    "HttpError",
  ),
  error(
    "calls without end",
    "for (;;) await ext.http('http://no.test/').catch((e) => { if (e.name === 'LimitError') throw e })",
    "script_error",
    "LimitError",
  ),
  error("a call of an unknown kind", "await ext.http(Symbol())", "script_error", "TypeError"),
] as const;

export const hostilePrograms: readonly HostileProgram[] = [
  ...escapes,
  ...tricks,
  ...endless,
  ...greedy,
  ...loud,
  ...forgeries,
];

/** Hosts that the tenant of the hostile programs allows, so that only the address check stops the call. */
export const HOSTILE_ALLOW_LIST = ["127.0.0.1", "localhost", "169.254.169.254", "10.0.0.1", "0.0.0.0", "allowed.test"];
