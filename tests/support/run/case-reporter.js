const { stripVTControlCharacters } = require("node:util");

const LINES = 30;

/**
 * One line for each test when it ends, and its error at once: a suite of the cluster runs for minutes, and Jest's own
 * reporter reports only at its end. Jest loads reporters without a transform, so this is JavaScript.
 */
module.exports = class CaseReporter {
  /** @param {{ status: string, fullName: string, duration?: number, failureMessages: string[] }} result */
  onTestCaseResult(_test, { status, fullName, duration, failureMessages }) {
    const seconds = `${Math.round((duration ?? 0) / 1000)} s`;
    const reasons = failureMessages.flatMap((text) => stripVTControlCharacters(text).split("\n").slice(0, LINES));
    const lines = [`${status === "passed" ? "ok  " : "FAIL"} ${fullName} (${seconds})`, ...reasons];
    process.stdout.write(lines.map((line) => `  ${line}\n`).join(""));
  }
};
