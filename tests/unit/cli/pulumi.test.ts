import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { runPulumi, selectStack } from "../../../cli/pulumi";
import { waitFor } from "@nexus/host";

let folder: string;
let variables: Record<string, string>;
const outside = process.env.CI;
beforeEach(() => {
  process.env.CI = "true";
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-pulumi-"));
  variables = { PATH: `${folder}:${process.env.PATH}`, PULUMI_HOME: folder };
});
afterEach(() => {
  jest.restoreAllMocks();
  if (outside === undefined) delete process.env.CI;
  else process.env.CI = outside;
  fs.rmSync(folder, { recursive: true });
});

/** Replaces Pulumi with a program of the test. */
function standIn(...lines: string[]): void {
  fs.writeFileSync(path.join(folder, "pulumi"), ["#!/bin/sh", ...lines, ""].join("\n"), { mode: 0o755 });
}

test("P4: SIGTERM, as from a cancelled CI job, lets Pulumi end in order, and the message says how to continue", async () => {
  const started = path.join(folder, "started");
  const ended = path.join(folder, "ended");
  standIn(`trap 'echo saved > ${ended}; exit 255' INT`, `touch ${started}`, "while :; do sleep 0.1; done");
  const update = runPulumi(variables, ["up"]);
  await waitFor("The start of Pulumi", 30, async () => fs.existsSync(started) || undefined);
  process.emit("SIGTERM", "SIGTERM");
  await expect(update).rejects.toThrow("Interrupted. Run the same command again; it continues where it stopped.");
  expect(fs.readFileSync(ended, "utf8")).toBe("saved\n");
  expect(process.listenerCount("SIGTERM")).toBe(0);
});

test("P4: without a terminal, Pulumi's output is shown to its last line, with its exit code", async () => {
  const shown: string[] = [];
  jest.spyOn(process.stdout, "write").mockImplementation((text) => Boolean(shown.push(String(text))));
  standIn('for i in $(seq 2000); do echo "line $i"; done', "printf 'the last'", "exit 3");
  await expect(runPulumi(variables, ["up"])).rejects.toThrow("pulumi up failed (exit 3); its messages are above.");
  expect(shown.join("")).toMatch(/^line 1\n[^]*line 2000\nthe last\n$/);
});

test("A31: without pulumi on the PATH, a message says how to run the commands that it names", async () => {
  standIn("exit 1");
  const outside = process.env.PATH;
  process.env.PATH = "/usr/bin/none";
  try {
    const hint = 'above. Before a `pulumi` command that they name: eval "$(npm run -s env)"';
    await expect(runPulumi({ ...variables, PATH: `${folder}:${outside}` }, ["up"])).rejects.toThrow(hint);
    process.env.PATH = `${folder}:${outside}`;
    await expect(runPulumi(variables, ["up"])).rejects.toThrow(/above\.$/);
  } finally {
    process.env.PATH = outside;
  }
});

test("P3: a stack with a separate configuration file is selected by its name", async () => {
  const called = path.join(folder, "called");
  standIn(`echo "$*" > ${called}`);
  await selectStack(variables, { stack: "staging", configFile: "/tmp/other.yaml" });
  expect(fs.readFileSync(called, "utf8")).toBe("stack select --create --stack staging --non-interactive\n");
});
