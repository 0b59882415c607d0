import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { platformHome, repositoryRoot, TYPESCRIPT_ARGUMENTS } from "../../local/platform/layout";
import { table } from "../../cli/table";
import { benchDensity } from "./density";
import { benchKernel } from "./kernel";
import { type Result, median } from "./result";

const RUNS = 7;
/** The program as Pulumi.yaml says that it is started. */
const START = [...TYPESCRIPT_ARGUMENTS, "-e", 'require("./index")'];

/** Milliseconds that a Node.js process takes to run a piece of code, start included. */
function processTime(args: readonly string[], runs = RUNS): number {
  const times = Array.from({ length: runs }, () => {
    const started = process.hrtime.bigint();
    execFileSync(process.execPath, args, { cwd: repositoryRoot, stdio: "ignore" });
    return Number(process.hrtime.bigint() - started) / 1e6;
  });
  return median(times);
}

/** Start of the program up to its first registration, against a bare load of the Kubernetes SDK. */
function benchProgramStart(): Result {
  // The first start transpiles what changed.
  processTime(START, 1);
  const program = processTime(START);
  const peer = processTime(["-e", 'require("@pulumi/kubernetes")']);
  return {
    what: "program start: modules loaded",
    value: program,
    unit: "ms",
    peer: 'require("@pulumi/kubernetes")',
    peerValue: peer,
    goal: 1.5,
  };
}

async function main(): Promise<void> {
  const kernel = await benchKernel();
  const results = [benchProgramStart(), ...kernel.results, ...(await benchDensity(kernel.createdMs))];
  const rows = results.map(({ what, value, unit, peer, peerValue, goal, limit }) => [
    what,
    `${value.toFixed(2)} ${unit}`,
    peer ? `${peer}: ${peerValue?.toFixed(2)} ${unit}` : "",
    peerValue ? `${(value / peerValue).toFixed(3)}x` : "",
    goal ? `at most ${Number(goal.toFixed(2))}x` : limit ? `at most ${limit} ${unit}` : "",
  ]);
  process.stdout.write(table([["WHAT", "VALUE", "PEER, SAME RUN", "RATIO", "GOAL"], ...rows]) + "\n");
  const file = path.join(platformHome(), "bench.json");
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, JSON.stringify({ at: new Date().toISOString(), results }, undefined, 2));
  process.stdout.write(`Written to ${file}\n`);
}

void main().then(() => process.exit(0));
