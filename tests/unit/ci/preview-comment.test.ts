import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { jobOf } from "../../support/ci/workflow";

/** A job that previews and comments, and the way in which its runner starts a script. */
interface PreviewJob {
  readonly shell: readonly string[];
  readonly preview: string;
  readonly comment: string;
}

function ofGitHub(): PreviewJob {
  const { steps } = jobOf("preview");
  const scriptOf = (name: string) => steps.find((step) => step.name === name)?.run ?? "";
  const shell = ["--noprofile", "--norc", "-eo", "pipefail", "-c"];
  return { shell, preview: scriptOf("Preview"), comment: scriptOf("Comment") };
}

function ofGitLab(): PreviewJob {
  const file = path.resolve(__dirname, "../../../docs/ci/gitlab-ci.yml");
  const job = z.looseObject({ script: z.array(z.string()), after_script: z.array(z.string()) });
  const { preview } = z.looseObject({ preview: job }).parse(parse(fs.readFileSync(file, "utf8")));
  return { shell: ["-ec"], preview: preview.script.join("\n"), comment: preview.after_script.join("\n") };
}

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-preview-"));
  addProgram("bin/gh", "cp comment.md posted");
  addProgram("bin/curl", "cat > posted");
  addProgram(".ci/select-stack", "echo selected");
  addProgram("bin/pulumi", "echo 3 to create");
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

function addProgram(name: string, script: string): void {
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** Runs both scripts, as a runner does whether or not the first one fails. */
function run({ shell, preview, comment }: PreviewJob) {
  const env = { ...process.env, PATH: `${path.join(folder, "bin")}${path.delimiter}${process.env.PATH ?? ""}` };
  const execute = (script: string) => spawnSync("bash", [...shell, script], { cwd: folder, env, encoding: "utf8" });
  const { status } = execute(preview);
  expect(execute(comment)).toMatchObject({ status: 0, stderr: "" });
  return { status, posted: fs.readFileSync(path.join(folder, "posted"), "utf8") };
}

const comment = (...lines: string[]) => ["### Preview of staging", "~~~", ...lines, "~~~", ""].join("\n");

describe.each([
  ["GitHub", ofGitHub()],
  ["GitLab", ofGitLab()],
])("P5: the preview's comment on %s", (_where, job) => {
  it("shows the preview", () => {
    expect(run(job)).toEqual({ status: 0, posted: comment("selected", "3 to create") });
  });

  it("shows why the stack could not be selected, and the job fails without a preview", () => {
    addProgram(".ci/select-stack", "echo 'Error: PULUMI_CONFIG_PASSPHRASE is empty.' >&2; exit 3");
    expect(run(job)).toEqual({ status: 3, posted: comment("Error: PULUMI_CONFIG_PASSPHRASE is empty.") });
  });

  it("shows why the preview failed, and the job fails", () => {
    addProgram("bin/pulumi", "echo 'error: no cluster' >&2; exit 255");
    expect(run(job)).toEqual({ status: 255, posted: comment("selected", "error: no cluster") });
  });
});
