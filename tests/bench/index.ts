import * as fs from "node:fs";
import * as path from "node:path";
import { platformHome } from "@nexus/host";
import { table } from "../../cli/table";
import { benchDensity } from "./density";
import { benchHostile } from "./hostile";
import { benchKernel } from "./kernel";
import { benchMembers } from "./members";
import type { Result } from "./result";
import { benchStarts } from "./starts";

/** The benchmarks by their argument on the command line. */
const SUITES: Readonly<Record<string, () => Promise<Result[]>>> = {
  all: async () => {
    const kernel = await benchKernel();
    return [...benchStarts(), ...kernel.results, ...(await benchDensity(kernel.createdMs))];
  },
  hostile: benchHostile,
  members: benchMembers,
};

async function main(): Promise<void> {
  const [, , suite = "all"] = process.argv;
  const results = (await SUITES[suite]?.()) ?? [];
  const rows = results.map(({ what, value, unit, peer, peerValue, goal, limit }) => [
    what,
    `${value.toFixed(2)} ${unit}`,
    peer ? `${peer}: ${peerValue?.toFixed(2)} ${unit}` : "",
    peerValue ? `${(value / peerValue).toFixed(3)}x` : "",
    goal ? `at most ${Number(goal.toFixed(2))}x` : limit === undefined ? "" : `at most ${limit} ${unit}`,
  ]);
  process.stdout.write(table([["WHAT", "VALUE", "PEER, SAME RUN", "RATIO", "GOAL"], ...rows]) + "\n");
  const file = path.join(platformHome(), suite === "all" ? "bench.json" : `bench-${suite}.json`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, JSON.stringify({ at: new Date().toISOString(), results }, undefined, 2));
  process.stdout.write(`Written to ${file}\n`);
}

void main().then(() => process.exit(0));
