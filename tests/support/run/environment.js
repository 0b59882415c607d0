const { AsyncLocalStorage } = require("node:async_hooks");
const { TestEnvironment } = require("jest-environment-node");
require("./reuse-scripts");

/** The stores that the present test file has used. */
const used = new Set();
for (const method of ["run", "enterWith"]) {
  const original = AsyncLocalStorage.prototype[method];
  AsyncLocalStorage.prototype[method] = function (...parameters) {
    used.add(this);
    return Reflect.apply(original, this, parameters);
  };
}

/**
 * Disables each AsyncLocalStorage when the test file that used it ends. Before Node.js 24, every promise of the process
 * passes through all of them, those of earlier files too: after 100 files a promise would take 100 times as long. Jest
 * loads environments without a transform, so this is JavaScript.
 */
module.exports = class Environment extends TestEnvironment {
  async teardown() {
    await super.teardown();
    for (const store of used) store.disable();
    used.clear();
  }
};
