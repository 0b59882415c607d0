import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { recoverInterruptedUpdate, refuseWhileUpdating } from "../../../cli/update/interrupted-update";

let state: string;
beforeEach(() => {
  state = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-state-"));
});
afterEach(() => fs.rmSync(state, { recursive: true }));

/** A process with Pulumi's name. */
function spawnPulumi(): ChildProcess {
  const program = path.join(state, "pulumi");
  fs.copyFileSync(execFileSync("which", ["sleep"]).toString().trim(), program);
  return spawn(program, ["60"]);
}

function lock(content: { readonly pid: number; readonly hostname: string }): void {
  const folder = path.join(state, ".pulumi/locks/organization/nexus/dev");
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "1.json"), JSON.stringify(content));
  fs.writeFileSync(path.join(folder, "1.json.attrs"), "not JSON");
}

test("P5: a platform is not removed during an update, whose process is named", () => {
  lock({ pid: 4711, hostname: "elsewhere" });
  expect(() => refuseWhileUpdating(state, "dev")).toThrow(
    "An update of stack dev is running (pulumi, process 4711 on elsewhere). Fix: wait until it has ended",
  );
  expect(() => refuseWhileUpdating(state, "staging")).not.toThrow();
});

test("P1: the message says how to release a lock of another machine, but not one of this machine", () => {
  lock({ pid: 4711, hostname: "elsewhere" });
  expect(() => refuseWhileUpdating(state, "dev")).toThrow(
    'If that machine is gone: eval "$(npm run -s env)" && pulumi cancel --stack dev',
  );
  const here = spawnPulumi();
  try {
    lock({ pid: here.pid ?? 0, hostname: os.hostname() });
    expect(() => refuseWhileUpdating(state, "dev")).toThrow(/kill -INT \d+\.$/);
  } finally {
    here.kill();
  }
});

test("P1: a second update is refused with the process of the first, not with the advice to cancel it", async () => {
  lock({ pid: 4711, hostname: "elsewhere" });
  await expect(recoverInterruptedUpdate({ PULUMI_BACKEND_URL: `file://${state}` }, { stack: "dev" })).rejects.toThrow(
    "An update of stack dev is running (pulumi, process 4711 on elsewhere). Fix: wait until it has ended",
  );
});

test("P5: a lock whose process has ended blocks nothing", () => {
  // No process has this id: it is above the maximum of Linux.
  lock({ pid: 2 ** 22 + 1, hostname: os.hostname() });
  expect(() => refuseWhileUpdating(state, "dev")).not.toThrow();
});

test("P1: a state that a killed engine left half written is readable again", async () => {
  lock({ pid: 2 ** 22 + 1, hostname: os.hostname() });
  const stacks = path.join(state, ".pulumi/stacks/nexus");
  fs.mkdirSync(stacks, { recursive: true });
  for (const [name, text] of [
    ["dev.json", "{}"],
    ["dev.json.attrs", ""],
    ["dev.json.bak", "{}"],
    ["dev.json.bak.attrs", "{}"],
  ])
    fs.writeFileSync(path.join(stacks, name ?? ""), text ?? "");
  fs.writeFileSync(path.join(state, "pulumi"), "#!/bin/sh\necho {}\n", { mode: 0o755 });
  const variables = { PULUMI_BACKEND_URL: `file://${state}`, PATH: `${state}:${process.env.PATH}` };
  expect(await recoverInterruptedUpdate(variables, { stack: "dev" })).toBe(true);
  expect(fs.readdirSync(stacks).sort()).toEqual(["dev.json", "dev.json.bak", "dev.json.bak.attrs"]);
});
