import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { createReporter } from "@nexus/host";
import { ensureActionlint, lintCommand } from "../../../local/toolchain/actionlint";
import { workflowFiles } from "../../support/ci/workflow";

const MINUTE = 60_000;
let actionlint: string;
let folder: string;

// Built once per machine; `npm run check` has done so before.
beforeAll(async () => {
  actionlint = await ensureActionlint(createReporter());
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-workflows-"));
}, 3 * MINUTE);
afterAll(() => fs.rmSync(folder, { recursive: true }));

function lint(files: readonly string[]) {
  const [program, ...args] = lintCommand(actionlint, files);
  return spawnSync(program, args, { encoding: "utf8" });
}

test("P5: the workflows are right", () => {
  expect(lint(workflowFiles())).toMatchObject({ status: 0, stdout: "" });
});

test.each([
  ["an event that does not exist", "push:", "pull_requests:", 'unknown Webhook event "pull_requests"'],
  ["a context that does not exist", "secrets.NEXUS_KUBECONFIG", "secret.KUBECONFIG", 'undefined variable "secret"'],
  ["a right that does not exist", "contents: read", "content: read", 'unknown permission scope "content"'],
  ["a step that does nothing", "run: .ci/install", "name: .ci/install", "step must run script with"],
])("P5: a workflow with %s is refused, at its line", (_what, right, wrong, message) => {
  const [up = ""] = workflowFiles().filter((file) => file.endsWith("up.yml"));
  const source = fs.readFileSync(up, "utf8");
  const file = path.join(folder, "up.yml");
  fs.writeFileSync(file, source.replace(right, wrong));
  const line = source.slice(0, source.indexOf(right)).split("\n").length;
  const { status, stdout } = lint([file]);
  expect(status).toBe(1);
  expect(stdout).toContain(message);
  expect(stdout).toContain(`up.yml:${line}:`);
});
