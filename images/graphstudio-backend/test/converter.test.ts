import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConversionRequest } from "../src/projects/conversion";
import { Converter } from "../src/projects/converter";
import { FairTurns } from "../src/projects/fair-turns";

/** What a conversion may take in these tests. */
const TIMEOUT_MS = 1000;
let folder: string;
let converter: Converter;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nexus-converter-"));
  const worker = `const { parentPort, workerData } = require("node:worker_threads");
    if (workerData.name === "hostile") for (;;);
    parentPort.postMessage("{}");`;
  await writeFile(join(folder, "worker.js"), worker);
});
beforeEach(() => {
  converter = new Converter(join(folder, "worker.js"), TIMEOUT_MS);
});
afterAll(() => rm(folder, { recursive: true }));

/** Order in which conversions ended. */
let ended: string[] = [];
beforeEach(() => {
  ended = [];
});
async function convert(tenantId: string, name: string): Promise<void> {
  const request = { name } as unknown as ConversionRequest;
  const converted = converter.convert(tenantId, request);
  if (name === "hostile") await expect(converted).rejects.toThrow("takes more than 1 s");
  else await converted;
  ended.push(`${tenantId} ${name}`);
}

test("whose conversions were ended wait behind others, and leave room for them", async () => {
  const hostile = ["a", "b", "c", "d"];
  await Promise.all(hostile.map((tenantId) => convert(tenantId, "hostile")));
  ended = [];
  const again = hostile.map((tenantId) => convert(tenantId, "hostile"));
  await Promise.all([...again, convert("late", "shop"), convert("later", "shop")]);
  // One of the others had begun, and none of them begins while somebody else waits.
  expect(ended.slice(0, 3)).toEqual(expect.arrayContaining(["late shop", "later shop"]));
}, 30_000);

test("a tenant with much work has its turn after one of each other tenant", async () => {
  const turns = new FairTurns(2);
  const begun: string[] = [];
  const work = (tenantId: string) =>
    turns.run(tenantId, async () => {
      begun.push(tenantId);
      await Promise.resolve();
    });
  await Promise.all([..."aaaabbbb", "late"].map(work));
  expect(begun).toEqual(["a", "b", "a", "b", "late", "a", "b", "a", "b"]);
});

test("work that fails makes room, and who is behind comes when nobody else waits", async () => {
  const turns = new FairTurns(2);
  turns.putBehind("a");
  await expect(turns.run("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await Promise.all([1, 2].map((one) => turns.run("a", () => Promise.resolve(one))))).toEqual([1, 2]);
});
