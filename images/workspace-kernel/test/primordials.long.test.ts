import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildBundle } from "@nexus/testkit/bundle";
import { remove } from "@nexus/testkit/server-process";
import { capabilities, type ExecutionOutcome, type Task, type WorkspaceImage } from "../src/sandbox/messages";
import { SandboxPool } from "../src/sandbox/pool";
import { transformHandler } from "../src/sandbox/transform";
import { HARNESS, PROBES, takenNames } from "./primordials";

const NOTHING: WorkspaceImage = { segments: [], memoryBytes: 0, data: { state: {}, panels: {}, streamSeq: 0 } };
const onCall = async () => ({ value: '{"status":200}' });
const WORKSPACE = "w";

let bundle: string;
let pool: SandboxPool;
let names: readonly string[];
let untouched: Readonly<Record<Probe, Seen>>;

type Probe = keyof typeof PROBES;

/** What others see of an execution. */
interface Seen {
  readonly outcome: Partial<ExecutionOutcome>;
  readonly entries: readonly unknown[];
  readonly state: unknown;
  readonly panels: unknown;
}

/** The worker without packing of memory: nothing here looks at it, and it takes more than half of each execution. */
const UNPACKED = `
const zlib = require("node:zlib");
zlib.deflateRawSync = () => Buffer.alloc(0);
zlib.deflateRaw = (_raw, _options, done) => done(null, Buffer.alloc(0));
require("./worker.js");
`;

beforeAll(async () => {
  bundle = await buildBundle("workspace-kernel");
  const workerFile = join(bundle, "unpacked.js");
  await writeFile(workerFile, UNPACKED);
  pool = await SandboxPool.create({
    workerFile,
    wasmFile: join(bundle, "quickjs.wasm"),
    workers: 1,
    limits: { memoryBytes: 32 * 1024 * 1024, timeoutMs: 5000 },
    standbyDelayMs: 600_000,
  });
  const made = await run({ kind: "cell", code: HARNESS });
  names = made.outcome.result as string[];
  // The first time, a timer begins.
  await see("cell");
  untouched = { cell: await see("cell"), handler: await see("handler") };
});

afterAll(async () => {
  await pool?.close();
  await remove(bundle);
});

async function run(task: Task) {
  const end = await pool.run(WORKSPACE, task, { tenantId: "tenant", load: async () => NOTHING, onCall });
  if (end.type === "lost") throw new Error("the worker was lost");
  return end;
}

function taskOf(probe: Probe, before: string): Task {
  const code = `${before}; ${PROBES[probe]}`;
  if (probe !== "handler") return { kind: "cell", code };
  return { kind: "handler", name: "h", hash: "1", script: transformHandler(code), input: '{"a":1}', capabilities };
}

async function see(probe: Probe, before = ""): Promise<Seen> {
  const { outcome, change } = await run(taskOf(probe, before));
  const { durationMs: _ms, memoryBytes: _bytes, ...said } = outcome;
  const logs = said.logs.map(({ level, message }) => ({ level, message: message.replace(/^counted: \d+/, "counted") }));
  const entries = (change?.entries ?? []).map(({ seq: _seq, ...entry }) => entry);
  for (const { payload } of entries) JSON.parse(payload);
  return { outcome: { ...said, logs }, entries, state: change?.state, panels: change?.panels };
}

/** Nothing but what would be seen anyway, or the beginning of it and an error of the code's own. */
function isContained({ outcome, ...rest }: Seen, expected: Seen): boolean {
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const beginsAlike = (a: readonly unknown[] = [], b: readonly unknown[] = []) => same(a, b.slice(0, a.length));
  // Null where the engine cannot make JSON of the value any more.
  const result = outcome.result === null ? expected.outcome.result : outcome.result;
  if (same({ outcome: { ...outcome, result }, ...rest }, expected)) return true;
  return (
    ["script_error", "never_settled"].includes(outcome.error?.code ?? "") &&
    beginsAlike(outcome.logs, expected.outcome.logs) &&
    beginsAlike(rest.entries, expected.entries)
  );
}

type Swap = readonly [kind: number, first: number, second?: number];

/** Which of the replacements let something else be seen. */
async function escapes(swaps: readonly Swap[], tried: readonly Probe[]): Promise<object[]> {
  const found: object[] = [];
  for (const swap of swaps) {
    const [, first, second = -1] = swap;
    for (const probe of tried) {
      // What was replaced for a cell still is for the handler after it.
      const seen = await see(probe, probe === "cell" ? `harness.swap(${swap.join()})` : "");
      if (!isContained(seen, untouched[probe])) found.push({ replaced: [names[first], names[second]], probe, seen });
    }
  }
  return found;
}

const [THROWS, RETURNS_ITSELF] = [0, 1];

test("the probes work, and much can be replaced", () => {
  expect(untouched.cell.outcome).toMatchObject({ result: { state: 1, view: 2, http: 200, name: "TypeError" } });
  expect(untouched.handler.outcome).toMatchObject({ error: { name: "Thrown", message: "thrown" } });
  expect(names.length).toBeGreaterThan(1000);
});

test("no built-in decides what the host sees, whichever of them throws", async () => {
  const swaps = names.map((_name, index): Swap => [THROWS, index]);
  expect(await escapes(swaps, ["cell", "handler"])).toEqual([]);
}, 900_000);

test("neither does one that gives something else, nor any together with another one", async () => {
  const swaps = names.map((_name, index): Swap => [RETURNS_ITSELF, index, (index * 31 + 17) % names.length]);
  expect(await escapes(swaps, ["cell"])).toEqual([]);
}, 900_000);

test("neither do two of those that the host's own code uses", async () => {
  const taken = [...names.keys()].filter((index) => {
    const [holder = "", key = ""] = (names[index] ?? "").split(/\.(?=[^.]+$)/);
    return takenNames.includes(key) && /^globalThis\.(JSON|Reflect|\w+\.prototype)$/.test(holder);
  });
  const swaps = taken.flatMap((first, at) => taken.slice(at + 1).map((second): Swap => [THROWS, first, second]));
  expect(swaps.length).toBeGreaterThan(500);
  expect(await escapes(swaps, ["cell"])).toEqual([]);
}, 900_000);
