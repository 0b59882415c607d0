// Lets Node.js load the program's TypeScript. A general loader looks into every file of every package that it loads,
// which doubled the time until the program starts; this one touches `.ts` files only, and transpiles each once.
"use strict";
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

const CACHE = path.join(__dirname, "../node_modules/.cache/nexus-transpile");
const OPTIONS = { loader: "ts", format: "cjs", target: "node20", sourcemap: "inline", sourcesContent: false };
const { version } = require("esbuild/package.json");
const KEY = `${version} ${JSON.stringify(OPTIONS)}\n`;

const sha256 = (text) => createHash("sha256").update(text).digest("hex");

function transpile(source, file) {
  const options = { ...OPTIONS, sourcefile: file };
  return require("esbuild").transformSync(source, options).code;
}

/** Atomic, because several programs may start at once; a cache that cannot be written costs time and nothing else. */
function keep(cached, code) {
  const draft = `${cached}.${process.pid}`;
  try {
    fs.mkdirSync(CACHE, { recursive: true });
    fs.writeFileSync(draft, code);
    fs.renameSync(draft, cached);
  } catch {
    fs.rmSync(draft, { force: true });
  }
}

function load(file) {
  const source = fs.readFileSync(file, "utf8");
  // One entry for each file, so that the cache does not grow with every change.
  const cached = path.join(CACHE, `${sha256(file)}.js`);
  const tail = `\n//${sha256(KEY + source)}\n`;
  const known = fs.existsSync(cached) ? fs.readFileSync(cached, "utf8") : "";
  if (known.endsWith(tail)) return known;
  const code = transpile(source, file) + tail;
  keep(cached, code);
  return code;
}

process.setSourceMapsEnabled(true);
Module._extensions[".ts"] = (module, file) => module._compile(load(file), file);
