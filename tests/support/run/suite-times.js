const fs = require("node:fs");

/**
 * Notes how long each test file took, as a line of JSON in the file that NEXUS_SUITE_TIMES names; the command that runs
 * Jest prints them. Jest loads reporters as they are, so this is JavaScript.
 */
module.exports = class SuiteTimes {
  /** @param {{ path: string }} test */
  onTestResult({ path }, { perfStats: { start, end } }) {
    const file = process.env.NEXUS_SUITE_TIMES;
    if (file) fs.appendFileSync(file, `${JSON.stringify({ path, milliseconds: end - start })}\n`);
  }
};
