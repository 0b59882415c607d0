import { createReporter, TYPESCRIPT_ARGUMENTS } from "@nexus/host";
import { runStep } from "../steps";
import { serviceTestServers } from "../test-tools";

/** `npm run bench`: the benchmarks, or those of one suite; prints a table and writes JSON. */
export async function bench(suite: string): Promise<void> {
  const servers = await serviceTestServers(createReporter());
  const command = [process.execPath, ...TYPESCRIPT_ARGUMENTS, "tests/bench/index.ts", suite] as const;
  try {
    await runStep({ title: "Benchmarks", command, env: servers.env });
  } finally {
    servers.remove();
  }
}
