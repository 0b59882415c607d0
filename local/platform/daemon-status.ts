import { processStartTime, readJsonFile, writeJsonFile } from "@nexus/host";
import type { InstanceLayout } from "./layout";

export interface DaemonStatus {
  readonly phase: "starting" | "running" | "stopped" | "failed";
  readonly detail: string;
}

interface DaemonRecord {
  readonly pid: number;
  /** Start time of the process, in clock ticks since boot: a reused process id has another one. */
  readonly startTime: string;
}

export function writeDaemonRecord(layout: InstanceLayout, pid: number): void {
  const record: DaemonRecord = { pid, startTime: processStartTime(pid) ?? "" };
  writeJsonFile(layout.daemonPidFile, record);
}

/** The process id of the instance's daemon, or undefined if it does not run. */
export function runningDaemon(layout: InstanceLayout): number | undefined {
  const record = readJsonFile<DaemonRecord>(layout.daemonPidFile);
  return record && processStartTime(record.pid) === record.startTime ? record.pid : undefined;
}

export function writeStatus(layout: InstanceLayout, status: DaemonStatus): void {
  writeJsonFile(layout.statusFile, status);
}

export function readStatus(layout: InstanceLayout): DaemonStatus | undefined {
  return readJsonFile<DaemonStatus>(layout.statusFile);
}
