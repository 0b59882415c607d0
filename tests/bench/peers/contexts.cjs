// V8 contexts in one process: no memory limit, no protection from each other; they show the cost of isolation by
// language alone.
const { readFileSync } = require("node:fs");
const vm = require("node:vm");

const count = Number(process.argv[2]);
const memory = () => Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync("/proc/self/smaps_rollup", "utf8"))[1]) / 1024;

vm.runInContext("1 + 1", vm.createContext({}));
global.gc();
const before = memory();
const contexts = [];
const starts = [];
for (let index = 0; index < count; index += 1) {
  const startedAt = performance.now();
  const context = vm.createContext({});
  vm.runInContext("var n = 1; n + 1", context);
  starts.push(performance.now() - startedAt);
  contexts.push(context);
}
global.gc();
const memoryMiB = (memory() - before) / contexts.length;
starts.sort((a, b) => a - b);
process.stdout.write(JSON.stringify({ memoryMiB, startMs: starts[Math.floor(count / 2)] }));
