import type { DatabaseSettings } from "@nexus/testkit/postgres";
import type { Kernel } from "../../images/workspace-kernel/src/kernel";
import { Insert } from "./insert";
import { type Bench, create } from "./bench";
import { percentile, quantiles, type Result, time } from "./result";

const WORKSPACES = 100;

/** Times of making a workspace and of its first execution, with and without ready instances. */
export async function benchCreation(
  bench: Bench,
  pooled: Kernel,
  settings: DatabaseSettings,
): Promise<{ readonly results: Result[]; readonly createdMs: number }> {
  const cold = await bench.start({ MIN_INSTANCES: "0" });
  // The first calls of a process compile code, which is not what is measured.
  for (const kernel of [pooled, cold]) await measure(bench, kernel, 20);
  const withPool = await measure(bench, pooled, WORKSPACES);
  const withoutPool = await measure(bench, cold, WORKSPACES);
  await cold.close();
  const insert = await Insert.open(settings);
  for (let index = 0; index < WORKSPACES; index += 1) await insert.measure();
  await insert.close();
  const results: Result[] = [
    ...quantiles("create a workspace, durable", withPool.creations, { p99: 5 }),
    ...[50, 99].map((quantile): Result => ({
      what: `create a workspace, durable, p${quantile}`,
      unit: "ms",
      peer: Insert.what,
      value: percentile(withPool.creations, quantile),
      peerValue: percentile(insert.times, quantile),
    })),
    ...quantiles("create and first result, durable, from the pool", withPool.both, {}),
    ...quantiles("create and first result, durable, without pool", withoutPool.both, { p99: 25 }),
  ];
  return { results, createdMs: percentile(withPool.both, 50) };
}

async function measure(bench: Bench, kernel: Kernel, count: number) {
  const creations: number[] = [];
  const both: number[] = [];
  for (let index = 0; index < count; index += 1) {
    let id = "";
    const createMs = await time(async () => {
      id = await create(bench, kernel);
    });
    const firstMs = await time(() => bench.call(kernel, "POST", `/${id}/execute`, { code: "let n = 1; n + 1" }));
    creations.push(createMs);
    both.push(createMs + firstMs);
  }
  return { creations, both };
}
