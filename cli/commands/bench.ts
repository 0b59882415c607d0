import { runStep } from "../steps";

/** `npm run bench`: the benchmarks; prints a table and writes JSON. */
export async function bench(): Promise<void> {
  await runStep({ title: "Benchmarks", command: [process.execPath, "--import", "tsx", "tests/bench/index.ts"] });
}
