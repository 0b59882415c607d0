import type { DatabaseSettings } from "@nexus/testkit/postgres";
import type { Kernel } from "../../images/workspace-kernel/src/kernel";
import { Insert } from "./insert";
import { type Bench, create } from "./bench";
import { percentile, quantiles, type Result, time } from "./result";

const WORKSPACES = 50;
const EXECUTIONS = 1000;

/** Executions of handlers and cells in several workspaces in turn, with plain inserts between them. */
export async function benchExecutions(bench: Bench, kernel: Kernel, settings: DatabaseSettings): Promise<Result[]> {
  const ids: string[] = [];
  for (let index = 0; index < WORKSPACES; index += 1) {
    ids.push(await create(bench, kernel));
    await bench.call(kernel, "POST", `/${ids.at(-1)}/execute`, { code: "let n = 0" });
  }
  for (const one of ids) await bench.call(kernel, "PUT", `/${one}/handlers/up`, { code: "n += input; return n" });
  const insert = await Insert.open(settings);
  const cells: number[] = [];
  const handlers: number[] = [];
  const inside: number[] = [];
  for (let index = 0; index < EXECUTIONS; index += 1) {
    const one = ids[index % WORKSPACES];
    handlers.push(
      await time(async () => {
        const { durationMs } = await bench.call(kernel, "POST", `/${one}/handlers/up/invoke`, { input: 1 });
        inside.push(Number(durationMs));
      }),
    );
    if (index % 4 !== 0) continue;
    cells.push(await time(() => bench.call(kernel, "POST", `/${one}/execute`, { code: "1 + 1" })));
    await insert.measure();
  }
  const stored = await benchStored(bench, kernel, ids, insert);
  await insert.close();
  const together = await time(() =>
    Promise.all(ids.map((one) => bench.call(kernel, "POST", `/${one}/handlers/up/invoke`, { input: 1 }))),
  );
  const durable = `handler, acknowledged durable, ${WORKSPACES} workspaces`;
  return [
    ...quantiles(`handler, inside the sandbox, ${WORKSPACES} workspaces`, inside, { p50: 0.3, p99: 5 }),
    ...quantiles(durable, handlers, { p50: 5, p99: 25 }),
    ...[50, 99].map((quantile): Result => ({
      what: `${durable}, p${quantile}`,
      unit: "ms",
      peer: Insert.what,
      value: percentile(handlers, quantile),
      peerValue: percentile(insert.times, quantile),
    })),
    ...quantiles("cell 1 + 1, acknowledged durable", cells, {}),
    { what: `${WORKSPACES} handlers at once, all durable`, value: together, unit: "ms" },
    ...stored,
  ];
}

/** What one handler after the other leaves on the disk, against an insert each. */
async function benchStored(bench: Bench, kernel: Kernel, ids: readonly string[], insert: Insert): Promise<Result[]> {
  const inserts = await insert.wal(ids.length, async () => {
    for (let done = 0; done < ids.length; done += 1) await insert.measure();
  });
  const handlers = await insert.wal(ids.length * 2, async () => {
    for (const one of [...ids, ...ids]) await bench.call(kernel, "POST", `/${one}/handlers/up/invoke`, { input: 1 });
  });
  const beside = { peer: Insert.what };
  return [
    { what: "WAL of a handler", value: handlers.kib, unit: "KiB", ...beside, peerValue: inserts.kib, limit: 5 },
    { what: "WAL of a handler", value: handlers.records, unit: "records", ...beside, peerValue: inserts.records },
    { what: "segment of a handler, p50", value: await insert.segmentKib(ids.length * 2), unit: "KiB", limit: 2 },
  ];
}
