// Lets Node.js load the TypeScript of the program and of the command line. A general loader reads every file of every
// package, which doubled the time until the program starts. This one reads only `.ts` files, and transpiles each once.
"use strict";
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

const CACHE = path.join(__dirname, "../node_modules/.cache/nexus-transpile");
const OPTIONS = {
  loader: "ts",
  format: "cjs",
  target: "node20",
  sourcemap: "inline",
  sourcesContent: false,
  // Modules that are imported later are TypeScript too, but only `require` uses this loader.
  supported: { "dynamic-import": false },
};
const { version } = require("esbuild/package.json");
const KEY = `${version} ${JSON.stringify(OPTIONS)}\n`;

function sha256(text) {
  return createHash("sha256").update(text).digest("hex");
}

const SEAL_LENGTH = sealed("", "").length;

/** The code with a last line that contains a hash of the code and of its source. */
function sealed(code, source) {
  return `${code}\n//${sha256(KEY + source + code)}\n`;
}

function transpile(source, file) {
  const options = { ...OPTIONS, sourcefile: file };
  return require("esbuild").transformSync(source, options).code;
}

/**
 * Written atomically, because several programs may start at once. If the cache cannot be written, only time is lost.
 */
function keep(cached, code) {
  const draft = `${cached}.${process.pid}`;
  try {
    fs.mkdirSync(CACHE, { recursive: true });
    fs.writeFileSync(draft, code);
    fs.renameSync(draft, cached);
  } catch {
    fs.rm(draft, () => undefined);
  }
}

function load(file) {
  const source = fs.readFileSync(file, "utf8");
  // One entry per file, so that the cache does not grow with every change.
  const cached = path.join(CACHE, `${sha256(file)}.js`);
  const known = fs.existsSync(cached) ? fs.readFileSync(cached, "utf8") : "";
  if (known === sealed(known.slice(0, -SEAL_LENGTH), source)) return known;
  const code = sealed(transpile(source, file), source);
  keep(cached, code);
  return code;
}

/** The place in our source, for a frame of our code. */
function placeOf(frame) {
  const [file, line, column] = [frame.getFileName(), frame.getLineNumber(), frame.getColumnNumber()];
  const origin = file?.endsWith(".ts") ? Module.findSourceMap(file)?.findOrigin(line, column) : undefined;
  const text = String(frame);
  return origin?.lineNumber ? text.replace(`:${line}:${column}`, `:${origin.lineNumber}:${origin.columnNumber}`) : text;
}

function prepareStackTrace(error, frames) {
  return [error, ...frames.map((frame) => `    at ${placeOf(frame)}`)].join("\n");
}

// Pulumi loads the compiler at its start, but needs it only to serialise functions, and this program has none of those.
// Loading it takes a fifth of the time until the program starts.
const loadModule = Module._load;
Module._load = (request, ...rest) => (request === "typescript" ? {} : loadModule(request, ...rest));

process.setSourceMapsEnabled(true);
Module._extensions[".ts"] = (module, file) => {
  // Set each time, because Pulumi's launcher replaces it. Its function also maps frames of packages, to paths such as
  // `node_modules/@pulumi/resource.ts`. When Pulumi prints an error with such paths in colours, Node.js 20 loops until
  // its memory is used up.
  Error.prepareStackTrace = prepareStackTrace;
  module._compile(load(file), file);
};
