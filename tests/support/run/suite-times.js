const fs = require("node:fs");

/**
 * Writes the time of each test file, as a line of JSON, to the file that NEXUS_SUITE_TIMES names; the command that runs
 * Jest prints them. Jest loads reporters without a transform, so this is JavaScript.
 */
module.exports = class SuiteTimes {
  /** @param {{ path: string }} test */
  onTestResult({ path }, { perfStats: { start, end } }) {
    const file = process.env.NEXUS_SUITE_TIMES;
    if (file) fs.appendFileSync(file, `${JSON.stringify({ path, milliseconds: end - start })}\n`);
  }
};
