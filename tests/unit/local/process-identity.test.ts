import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import { processName, processStartTime } from "@nexus/host";

const system = Object.getOwnPropertyDescriptor(process, "platform") ?? {};
afterEach(() => Object.defineProperty(process, "platform", system));

/** The number of a process that has ended. */
const ended = () => spawnSync("true").pid;

describe.each(["linux", "darwin"])("on %s", (platform) => {
  beforeEach(() => Object.defineProperty(process, "platform", { ...system, value: platform }));

  test("a process is identified by its start time and its name; an ended process has neither", async () => {
    const child = spawn("sleep", ["60"]);
    await once(child, "spawn");
    try {
      expect(processStartTime(child.pid ?? 0)).toMatch(/^\S+$/);
      expect(processStartTime(child.pid ?? 0)).toBe(processStartTime(child.pid ?? 0));
      expect(processName(child.pid ?? 0)).toBe("sleep");
    } finally {
      child.kill();
    }
    expect([processStartTime(ended()), processName(ended())]).toEqual([undefined, ""]);
    expect(processName(process.pid)).toBe(path.basename(process.execPath));
  });
});
