import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

/** The writing end of a pipe that nobody reads, as after `| head`. */
export function openClosedPipe(folder: string): number {
  const file = path.join(folder, "pipe");
  execFileSync("mkfifo", [file]);
  const reader = fs.openSync(file, fs.constants.O_RDWR);
  const writer = fs.openSync(file, fs.constants.O_WRONLY);
  fs.closeSync(reader);
  return writer;
}
