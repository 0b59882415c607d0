import { execFileSync } from "node:child_process";
import { repositoryRoot, TYPESCRIPT_ARGUMENTS } from "@nexus/host";
import { type Result, median } from "./result";

const RUNS = 7;

/** Milliseconds that a Node.js process takes, start included. */
function processTime(args: readonly string[], runs = RUNS): number {
  const times = Array.from({ length: runs }, () => {
    const started = process.hrtime.bigint();
    execFileSync(process.execPath, args, { cwd: repositoryRoot, stdio: "ignore" });
    return Number(process.hrtime.bigint() - started) / 1e6;
  });
  return median(times);
}

interface Start {
  readonly what: string;
  readonly args: readonly string[];
  /** The program that runs for comparison. */
  readonly peer: string;
  readonly goal: number;
}

const STARTS: readonly Start[] = [
  {
    what: "program start: modules loaded",
    // As Pulumi starts it.
    args: [...TYPESCRIPT_ARGUMENTS, "-e", 'require(".")'],
    peer: 'require("@pulumi/kubernetes")',
    goal: 1.5,
  },
  // Without the time of npm, which starts it.
  { what: "command line: up --help", args: ["cli/nexus.mjs", "up", "--help"], peer: "0", goal: 3 },
];

/** Start times of our processes, compared with those of others. */
export function benchStarts(): Result[] {
  return STARTS.map(({ what, args, peer, goal }) => {
    // The first start transpiles changed files.
    processTime(args, 1);
    const peerArgs = ["-e", peer];
    const [value, peerValue] = [processTime(args), processTime(peerArgs)];
    return { what, value, unit: "ms", peer: `node ${peerArgs.join(" ")}`, peerValue, goal };
  });
}
