const { default: Sequencer } = require("@jest/test-sequencer");
const { basename } = require("node:path");

/** The cluster's suites. The kernel's comes after a short one, because it builds what the first two build anyway. */
const ORDER = ["stack", "topologies", "lifecycle", "kernel", "ci"];

/**
 * Long suites first, so that no lane waits for one at the end: also on a machine that has not run them yet, where Jest
 * sorts by size. Jest loads this as it is, so it is JavaScript.
 */
module.exports = class LongestFirst extends Sequencer {
  /** @param {{ path: string }[]} tests */
  sort(tests) {
    const rank = ({ path }) => {
      const place = ORDER.indexOf(basename(path, ".test.ts"));
      if (place >= 0) return place;
      return path.endsWith(".long.test.ts") ? ORDER.length : ORDER.length + 1;
    };
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
};
