#!/usr/bin/env node
// Entry of every npm script. Needs only Node.js: installs the dependencies if they are not those of the lock file, then
// runs the TypeScript command line.
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureDependencies } from "./dependencies.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Nexus needs Node.js 20.19 or newer; this is ${process.versions.node}. Fix: install a newer Node.js.`);
  process.exit(1);
}

await ensureDependencies(root);

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
