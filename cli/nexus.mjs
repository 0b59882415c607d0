#!/usr/bin/env node
// Entry of every npm script. Needs only Node.js: installs the dependencies if the clone has none or the lock file
// changed, then runs the TypeScript command line.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Nexus needs Node.js 20.19 or newer; this is ${process.versions.node}. Fix: install a newer Node.js.`);
  process.exit(1);
}

const stamp = join(root, "node_modules/.nexus-lock");
const wanted = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
  console.error("Installing dependencies (npm ci), about a minute ...");
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (npm.status !== 0) {
    console.error(
      "npm ci failed; its messages are above. Fix: check that the npm registry can be reached, then run this again.",
    );
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

// In this process: a second one would start slowly, and could miss a signal to the first.
process.chdir(root);
// npm does not forward the signal: if npm itself is stopped, its child process stays without a parent.
if (process.env.npm_lifecycle_event) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    // Send it once: a second signal makes Pulumi stop without cleaning up.
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, 1000).unref();
}
const require = createRequire(import.meta.url);
require("../local/transpile.cjs");
require("./main.ts");
