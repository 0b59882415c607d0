import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { repositoryRoot } from "@nexus/host";
import { openClosedPipe } from "../../support/closed-pipe";
import { runCommandLine } from "../../support/command-line";
import { sessionWithKubectl } from "../../support/fake-kubectl";

let folder: string;
let pipe: number;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-unread-"));
  pipe = openClosedPipe(folder);
});
afterEach(() => {
  fs.closeSync(pipe);
  fs.rmSync(folder, { recursive: true });
});

/** Runs a program that uses the command line's modules, without a reader for its output. */
function runUnread(program: string, stderr: number | "pipe" = "pipe") {
  const file = path.join(folder, "program.ts");
  const imports = [
    `import { dropUnreadOutput } from "${repositoryRoot}/cli/unread-output";`,
    `import { runPulumi } from "${repositoryRoot}/cli/pulumi";`,
    `import { showLogs } from "${repositoryRoot}/cli/commands/logs";`,
  ];
  fs.writeFileSync(file, [...imports, "dropUnreadOutput();", program].join("\n"));
  return runCommandLine([], { stdout: pipe, stderr, env: { CI: "true" } }, file);
}

test.each([
  ["its output", "pipe"],
  ["its output and its errors", "closed"],
] as const)("an update continues to its end if nobody reads %s", async (_, errors) => {
  const ended = path.join(folder, "ended");
  const lines = 'for i in $(seq 2000); do echo "line $i"; echo "warning $i" >&2; done';
  const pulumi = ["#!/bin/sh", lines, "sleep 0.3", lines, `touch ${ended}`, ""].join("\n");
  fs.writeFileSync(path.join(folder, "pulumi"), pulumi, { mode: 0o755 });
  const variables = { PATH: `${folder}:${process.env.PATH}`, PULUMI_HOME: folder };
  const program = `void runPulumi(${JSON.stringify(variables)}, ["up"]);`;
  const { code, errors: shown } = await runUnread(program, errors === "closed" ? pipe : "pipe");
  expect(code).toBe(0);
  expect(fs.existsSync(ended)).toBe(true);
  if (errors === "pipe") expect(shown.match(/^warning \d+$/gm)).toHaveLength(4000);
});

test("A17: following logs stops when nobody reads them", async () => {
  const pods = [{ metadata: { name: "p" }, status: { containerStatuses: [{ name: "c", state: { running: {} } }] } }];
  const line = "[pod/p/c] 2026-01-02T03:04:05Z line";
  const session = sessionWithKubectl(folder, { pods }, `while :; do echo '${line}'; sleep 0.1; done`);
  const options = { tail: "0", follow: true, previous: false, probes: false, json: false };
  const program = `void showLogs(${JSON.stringify(session)}, "redis", ${JSON.stringify(options)});`;
  expect(await runUnread(program)).toEqual({ output: "", errors: "", code: 0 });
});
