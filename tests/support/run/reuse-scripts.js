const vm = require("node:vm");

const { compileFunction } = vm;
/** The modules that this process has compiled, by their file. */
const compiled = new Map();

/** A script cannot find the module loader of the test file that runs it, and a test file runs once. */
const isReusable = (filename, code) => !/\bimport\s*\(/.test(code) && !filename.endsWith(".test.ts");

/**
 * Compiles each module once per process. Jest compiles it again for each test file, with `compileFunction`, whose result
 * belongs to one context; a script runs in the contexts of all test files. This takes a fifth of the processor time of
 * tests that load much. Jest loads this as it is, so it is JavaScript.
 */
vm.compileFunction = (code, parameters, options) => {
  const { filename, parsingContext } = options ?? {};
  if (filename === undefined || parsingContext === undefined) return compileFunction(code, parameters, options);
  const known = compiled.get(filename);
  if (known?.code === code) return known.script.runInContext(parsingContext);
  if (!isReusable(filename, code)) return compileFunction(code, parameters, options);
  const head = `(function (${parameters.join(", ")}) {`;
  // The offset keeps the columns of the first line, which source maps and stack traces tell.
  const script = new vm.Script(`${head}${code}\n})`, { filename, columnOffset: -head.length });
  compiled.set(filename, { code, script });
  return script.runInContext(parsingContext);
};
