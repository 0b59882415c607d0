import * as fs from "node:fs";

/** Whether this process was started to outlive its terminal, as by nohup; a handler would undo that. */
function ignoresHangUp(): boolean {
  // Only Linux tells.
  const status = process.platform === "linux" ? fs.readFileSync("/proc/self/status", "utf8") : "";
  const [, ignored = "0"] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return (BigInt(`0x${ignored}`) & 1n) === 1n;
}

/** The signals by which somebody ends a command: Ctrl-C, `kill`, and a terminal that is closed. */
export const endingSignals: readonly NodeJS.Signals[] = [
  "SIGINT",
  "SIGTERM",
  ...(ignoresHangUp() ? [] : (["SIGHUP"] as const)),
];
