import * as fs from "node:fs";
import { processStartTime } from "../process-identity";
import type { InstanceLayout } from "./layout";

export interface DaemonStatus {
  readonly phase: "starting" | "running" | "stopped" | "failed";
  readonly detail: string;
}

interface DaemonRecord {
  readonly pid: number;
  /** When the process started, in clock ticks since boot: a number that is used again means another process. */
  readonly startTime: string;
}

export function writeDaemonRecord(layout: InstanceLayout, pid: number): void {
  const record: DaemonRecord = { pid, startTime: processStartTime(pid) ?? "" };
  fs.writeFileSync(layout.daemonPidFile, JSON.stringify(record));
}

/** The process id of the instance's daemon, or undefined when it does not run. */
export function runningDaemon(layout: InstanceLayout): number | undefined {
  if (!fs.existsSync(layout.daemonPidFile)) return undefined;
  const record = JSON.parse(fs.readFileSync(layout.daemonPidFile, "utf8")) as DaemonRecord;
  return processStartTime(record.pid) === record.startTime ? record.pid : undefined;
}

export function writeStatus(layout: InstanceLayout, status: DaemonStatus): void {
  const draft = `${layout.statusFile}.new`;
  fs.writeFileSync(draft, JSON.stringify(status));
  fs.renameSync(draft, layout.statusFile);
}

export function readStatus(layout: InstanceLayout): DaemonStatus | undefined {
  if (!fs.existsSync(layout.statusFile)) return undefined;
  return JSON.parse(fs.readFileSync(layout.statusFile, "utf8")) as DaemonStatus;
}
