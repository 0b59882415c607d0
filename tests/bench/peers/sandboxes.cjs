// Our workspaces, in the worker of the bundle in the current directory: memory and time to the first result of one.
const { readFileSync } = require("node:fs");
const { resolve } = require("node:path");
const { Worker } = require("node:worker_threads");

const count = Number(process.argv[2]);
const image = { segments: [], memoryBytes: 0, data: { state: {}, panels: {}, streamSeq: 0 } };
const memory = () => Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync("/proc/self/smaps_rollup", "utf8"))[1]) / 1024;

const workerData = {
  wasmModule: new WebAssembly.Module(readFileSync("quickjs.wasm")),
  wasmHash: "bench",
  limits: { memoryBytes: 32 * 2 ** 20, timeoutMs: 5000 },
};
const worker = new Worker(resolve("worker.js"), { workerData });
let id = 0;
let answer = () => undefined;
worker.on("message", (message) => answer(message));
const next = (type) =>
  new Promise((done) => {
    answer = (message) => message.type === type && done(message);
  });
const run = (workspaceId, code) => {
  const result = next("result");
  worker.postMessage({ type: "run", id: ++id, workspaceId, task: { kind: "cell", code }, image });
  return result;
};

async function main() {
  await next("ready");
  await run("first", "let n = 1; n + 1");
  global.gc();
  const before = memory();
  const starts = [];
  for (let index = 0; index < count; index += 1) {
    const startedAt = performance.now();
    await run(`w${index}`, "let n = 1; n + 1");
    starts.push(performance.now() - startedAt);
  }
  global.gc();
  const memoryMiB = (memory() - before) / count;
  starts.sort((a, b) => a - b);
  process.stdout.write(JSON.stringify({ memoryMiB, startMs: starts[Math.floor(count / 2)] }));
  process.exit(0);
}

void main();
