const { default: Sequencer } = require("@jest/test-sequencer");
const { basename } = require("node:path");

/** The cluster's suites. The kernel's comes after a short one, because it builds what the first two build anyway. */
const ORDER = ["stack", "topologies", "lifecycle", "kernel", "ci"];

/** Long suites first, so that no lane waits for one at the end. Jest loads this as it is, so it is JavaScript. */
module.exports = class LongestFirst extends Sequencer {
  /** @param {{ path: string }[]} tests */
  sort(tests) {
    const rank = ({ path }) => ORDER.indexOf(basename(path, ".test.ts")) + 1 || Infinity;
    return [...tests].sort((a, b) => rank(a) - rank(b));
  }
};
