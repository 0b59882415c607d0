import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { remove } from "@nexus/testkit/server-process";
import type { WorkerSetup } from "../src/sandbox/messages";
import { TenantUsage } from "../src/sandbox/tenant-usage";
import { SandboxThread } from "../src/sandbox/thread";
import { WorkerSlot } from "../src/sandbox/worker-slot";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nexus-worker-"));
});

afterAll(() => remove(directory));

test("a worker that dies at its start is started again with growing pauses, not in a loop", async () => {
  const workerFile = join(directory, "dies.js");
  await writeFile(workerFile, "process.exit(1)");
  const setTimer = jest.spyOn(globalThis, "setTimeout");
  const enough = new Promise<void>((resolve) => {
    let deaths = 0;
    const usage = new TenantUsage();
    const slot = new WorkerSlot({
      timeoutMs: 300,
      usage,
      admit: () => true,
      memory: { pause: () => undefined, free: () => undefined },
      onLong: () => undefined,
      onRanLong: () => undefined,
      onPlace: () => undefined,
      takeThread: () => new SandboxThread(workerFile, {} as WorkerSetup, jest.fn(), jest.fn()),
      spares: 0,
      onLost: () => {
        deaths += 1;
        if (deaths === 4) void slot.close().then(resolve);
      },
    });
  });
  await enough;
  const pauses = setTimer.mock.calls.map(([, delayMs]) => delayMs);
  setTimer.mockRestore();
  expect(pauses.filter((delayMs) => [50, 100, 200, 400].includes(Number(delayMs)))).toEqual([50, 100, 200, 400]);
});
