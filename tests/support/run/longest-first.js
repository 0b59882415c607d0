const { default: Sequencer } = require("@jest/test-sequencer");
const { basename } = require("node:path");

/** The cluster's suites, by how long they take; what is not named comes last. */
const LONGEST_FIRST = ["stack", "topologies", "ci"];

/** The longest suite first, so that no lane waits for it at the end. Jest loads this as it is, so it is JavaScript. */
module.exports = class LongestFirst extends Sequencer {
  /** @param {{ path: string }[]} tests */
  sort(tests) {
    const rank = ({ path }) => LONGEST_FIRST.indexOf(basename(path, ".test.ts")) + 1 || Infinity;
    return [...tests].sort((a, b) => rank(a) - rank(b));
  }
};
