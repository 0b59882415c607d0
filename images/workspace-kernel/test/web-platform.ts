import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { WorkspaceImage } from "../src/sandbox/messages";
import { SandboxPool } from "../src/sandbox/pool";

/** Folders of the web-platform-tests by the API that they test. */
const AREAS: Readonly<Record<string, readonly string[]>> = {
  "`URL`, `URLSearchParams`": ["url"],
  "`TextEncoder`, `TextDecoder`": ["encoding"],
  "`atob`, `btoa`": ["html/webappapis/atob"],
  "`structuredClone`": ["html/webappapis/structured-clone"],
  "`setTimeout`, `setInterval`": ["html/webappapis/timers"],
  "`queueMicrotask`": ["html/webappapis/microtask-queuing"],
  "`Event`, `EventTarget`": ["dom/events"],
  "`AbortController`, `AbortSignal`": ["dom/abort"],
  "`DOMException`": ["webidl/ecmascript-binding/es-exceptions"],
  "`crypto`": ["WebCryptoAPI/digest", "WebCryptoAPI/getRandomValues.any.js", "WebCryptoAPI/randomUUID.https.any.js"],
  "`ReadableStream`, `WritableStream`, `TransformStream`": ["streams"],
  "`TextEncoderStream`, `TextDecoderStream`": ["encoding/streams"],
  "`Blob`, `File`": ["FileAPI/blob", "FileAPI/file"],
  "`fetch` of data URLs": ["fetch/data-urls"],
  "`console`": ["console"],
  "`performance`": ["hr-time"],
};

/** Descriptions of interfaces need other files; streams move only between pages, and forms are sent to a server. */
const LEFT_OUT = /idlharness|crashtests|^streams\/transferable\/|send-file-formdata/;

interface Gap {
  /** Number of cases that fail. */
  readonly cases: number;
  readonly reason: string;
}

const NO_SHARED = "need `WebAssembly.Memory`, mostly for memory that threads share";
const LIBRARY = "the library of the streams, or the tests that Debian has, differ from the standard of today";
const NO_REQUEST = "need `XMLHttpRequest`";

/** Cases that fail, by file. */
export const GAPS: Readonly<Record<string, Gap>> = {
  "encoding/encodeInto.any.js": { cases: 54, reason: NO_SHARED },
  "encoding/textdecoder-copy.any.js": { cases: 1, reason: NO_SHARED },
  "encoding/textdecoder-streaming.any.js": { cases: 16, reason: NO_SHARED },
  "encoding/replacement-encodings.any.js": { cases: 12, reason: NO_REQUEST },
  "encoding/unsupported-encodings.any.js": { cases: 14, reason: NO_REQUEST },
  "html/webappapis/structured-clone/structured-clone.any.js": {
    cases: 1,
    reason: "need `MessageChannel`",
  },
  "FileAPI/blob/Blob-constructor.any.js": { cases: 1, reason: "need `MessageChannel`" },
  "encoding/streams/decode-utf8.any.js": { cases: 1, reason: NO_SHARED },
  "streams/readable-byte-streams/non-transferable-buffers.any.js": { cases: 3, reason: NO_SHARED },
  "streams/readable-streams/async-iterator.any.js": { cases: 1, reason: LIBRARY },
  "streams/readable-streams/patched-global.any.js": { cases: 1, reason: LIBRARY },
  "streams/transform-streams/errors.any.js": { cases: 1, reason: LIBRARY },
  "streams/transform-streams/general.any.js": { cases: 1, reason: LIBRARY },
  "streams/transform-streams/reentrant-strategies.any.js": { cases: 1, reason: LIBRARY },
  "streams/writable-streams/general.any.js": { cases: 1, reason: LIBRARY },
  "html/webappapis/microtask-queuing/queue-microtask-exceptions.any.js": {
    cases: 1,
    reason: "the global object is no event target, so it has no event `error`; the answer's log has the error",
  },
  "dom/events/EventTarget-removeEventListener.any.js": { cases: 1, reason: "the global object is no event target" },
  "webidl/ecmascript-binding/es-exceptions/DOMException-constructor-and-prototype.any.js": {
    cases: 1,
    reason: "the property of the global object is an accessor until it is read",
  },
};

/** A path in the folder of the tests. */
function inTests(...parts: readonly string[]): string {
  const root = process.env.NEXUS_TEST_WEB_PLATFORM;
  if (!root) throw new Error("NEXUS_TEST_WEB_PLATFORM is not set. Fix: run `npm run check`, which sets it.");
  return join(root, ...parts);
}

/** Tests of which Debian's package has only the data. */
const OF_DATA: Readonly<Record<string, (data: string) => string>> = {
  "fetch/data-urls/resources/data-urls.json": (data) => `for (const [url, type, bytes] of ${data})
    promise_test(async (test) => {
      if (type === null) return await promise_rejects_js(test, TypeError, fetch(url));
      const answer = await fetch(url);
      assert_equals(answer.headers.get("Content-Type"), type);
      assert_array_equals(new Uint8Array(await answer.arrayBuffer()), bytes);
    }, url);`,
  "fetch/data-urls/resources/base64.json": (data) => `for (const [text, bytes] of ${data})
    promise_test(async (test) => {
      const url = "data:;base64," + text;
      if (bytes === null) return await promise_rejects_js(test, TypeError, fetch(url));
      assert_array_equals(new Uint8Array(await (await fetch(url)).arrayBuffer()), bytes);
    }, "base64 " + text);`,
};

/** The tests of each API that are for any environment, also without a page. */
export function testFiles(): ReadonlyMap<string, readonly string[]> {
  const all = readdirSync(inTests(), { recursive: true, encoding: "utf8" })
    .filter((file) => (file.endsWith(".any.js") && !LEFT_OUT.test(file)) || Object.hasOwn(OF_DATA, file))
    .sort();
  const of = (folders: readonly string[]) =>
    all.filter((file) => {
      const isIn = (folder: string) => file === folder || file.startsWith(`${folder}/`);
      return folders.some(isIn) && !(isIn("encoding/streams") && folders.includes("encoding"));
    });
  return new Map(Object.entries(AREAS).map(([api, folders]) => [api, of(folders)]));
}

export interface Tested {
  readonly passed: number;
  readonly failed: number;
  /** Names and messages of the first failures. */
  readonly failures: readonly string[];
}

/** What the harness expects of an environment that it does not know. */
const BEFORE = `
var GLOBAL = { isWindow: () => false, isWorker: () => false, isShadowRealm: () => false };
var location = { search: "", href: "https://web-platform.test/", pathname: "/" };
// What tests of blobs read them with.
var FileReader = class {
  #read(work) { work.then((result) => { this.result = result; this.onload?.({ target: this }); this.onloadend?.({ target: this }) }) }
  readAsText(blob) { this.#read(blob.text()) }
  readAsArrayBuffer(blob) { this.#read(blob.arrayBuffer()) }
};
`;
/** The interval keeps the execution alive, as a page or worker would live on. */
const AFTER = `
setup({ explicit_timeout: true, explicit_done: true });
add_completion_callback((tests, { status, message }) => {
  clearInterval(globalThis.alive);
  const bad = tests.filter((one) => one.status !== 0);
  const failures = bad.slice(0, 50).map((one) => (one.name + ": " + one.message).slice(0, 300));
  if (status !== 0) failures.unshift(String(message));
  console.log("RESULT" + JSON.stringify({ passed: tests.length - bad.length, failed: bad.length, failures }));
});
undefined`;

/** Runs files of the web-platform-tests, each in a workspace of its own. */
export class WebPlatformTests {
  private constructor(
    private readonly pool: SandboxPool,
    private readonly image: WorkspaceImage,
  ) {}

  static async start(bundle: string): Promise<WebPlatformTests> {
    const pool = await SandboxPool.create({
      workerFile: join(bundle, "worker.js"),
      wasmFile: join(bundle, "quickjs.wasm"),
      workers: 1,
      limits: { memoryBytes: 64 * 1024 * 1024, timeoutMs: 60_000 },
      standbyDelayMs: 600_000,
    });
    const nothing: WorkspaceImage = { segments: [], memoryBytes: 0, data: { state: {}, panels: {}, streamSeq: 0 } };
    const harness = readFileSync(inTests("resources/testharness.js"), "utf8");
    const { change, outcome } = await run(pool, "harness", BEFORE + harness + AFTER, nothing);
    if (!change) throw new Error(`The harness does not run: ${outcome.display}`);
    return new WebPlatformTests(pool, { ...nothing, segments: [change.segment], memoryBytes: change.memoryBytes });
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  /** @throws if the file gives no result */
  async test(file: string): Promise<Tested> {
    const segments = this.image.segments.map((segment) => segment.slice());
    const code = `globalThis.alive = setInterval(() => undefined, 100);\n${codeOf(file)}\n;done();`;
    const { outcome } = await run(this.pool, file, code, { ...this.image, segments });
    this.pool.dispose(file);
    const line = outcome.logs.find(({ message }) => message.startsWith("RESULT"));
    if (!line) return { passed: 0, failed: 1, failures: [`${outcome.display} ${outcome.error?.stack ?? ""}`] };
    return JSON.parse(line.message.slice("RESULT".length)) as Tested;
  }
}

async function run(pool: SandboxPool, workspaceId: string, code: string, image: WorkspaceImage) {
  const onCall = async () => {
    await sleep(0);
    return { error: JSON.stringify({ name: "HttpError", message: "there is no network" }) };
  };
  const end = await pool.run(workspaceId, { kind: "cell", code }, { tenantId: "t", load: async () => image, onCall });
  if (end.type === "lost") throw new Error(`${workspaceId}: the worker was lost`);
  return end;
}

/** The text of a test with the scripts that it names, and with the data that it fetches. */
function codeOf(file: string): string {
  const source = readFileSync(inTests(file), "utf8");
  const make = OF_DATA[file];
  if (make) return make(source);
  const at = (path: string) => inTests(path.startsWith("/") ? "" : dirname(file), path);
  const scripts = [...source.matchAll(/^\/\/ META: script=(\S+)/gm)].map(([, path = ""]) => {
    return readFileSync(at(path), "utf8");
  });
  const data = [...[...scripts, source].join("\n").matchAll(/fetch\(\s*["'`]([^"'`]+\.json)["'`]/g)].map(
    ([, path = ""]) => {
      return `${JSON.stringify(path)}: ${readFileSync(at(path), "utf8")}`;
    },
  );
  const served = `globalThis.fetch = ((real, files) => (path, ...more) =>
    path in files ? Promise.resolve(Response.json(files[path])) : real(path, ...more))(fetch, { ${data.join(", ")} });`;
  return [...(data.length > 0 ? [served] : []), ...scripts, source].join("\n;\n");
}
