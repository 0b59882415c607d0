import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureLog } from "@nexus/testkit/log-capture";
import { CodeCache } from "../src/workspaces/code-cache";

const KIB = 1024;
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nexus-code-cache-"));
});
afterEach(() => rm(directory, { recursive: true }));

function open(maxBytes: number) {
  const { log, lines } = captureLog("test");
  const make = jest.fn(async (_tenant: string, code: string) => `(${code})`);
  const cache = new CodeCache({ directory, maxBytes, log, make, onLookup: () => undefined });
  return { lines, make, prepare: (code: string) => cache.prepare("t", code) };
}

const codes = (count: number, from = 0) => Array.from({ length: count }, (_, at) => `return ${from + at}`);

test("small files take what the disk gives them, so there is a number of them as well as a size", async () => {
  const { prepare } = open(40 * KIB);
  for (const code of codes(30)) await prepare(code);
  expect((await readdir(directory)).length).toBeLessThanOrEqual(10);
});

test("many at once keep within the size, and the cache is still written", async () => {
  const { prepare, lines } = open(40 * KIB);
  await Promise.all(codes(100).map(prepare));
  await prepare("return 'last'");
  expect((await readdir(directory)).length).toBeLessThanOrEqual(10);
  const again = open(40 * KIB);
  await again.prepare("return 'last'");
  expect(again.make).not.toHaveBeenCalled();
  expect(lines).toEqual([]);
});

test("files of an earlier process are found, and the oldest go first", async () => {
  for (const code of codes(5)) await open(40 * KIB).prepare(code);
  const { prepare } = open(40 * KIB);
  for (const code of codes(8, 100)) await prepare(code);
  const { prepare: read, make } = open(40 * KIB);
  await read("return 107");
  expect(make).not.toHaveBeenCalled();
  await read("return 0");
  expect(make).toHaveBeenCalledTimes(1);
});

test("a file that is larger than the whole cache is not kept", async () => {
  const { prepare } = open(8 * KIB);
  await prepare("return 1");
  await prepare(`return "${"x".repeat(20 * KIB)}"`);
  expect((await readdir(directory)).length).toBeLessThanOrEqual(2);
});
