import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { GO_VERSION } from "../../../local/toolchain/build-prerequisites";
import { SDK_VERSION } from "../../../local/toolchain/shims/sdk-version";
import { readDeploySettings } from "../../support/ci/deploy-settings";
import { commandsOf, jobOf, linesOf, readWorkflow, workflowFiles } from "../../support/ci/workflow";

const names = workflowFiles().map((file) => path.basename(file, ".yml"));
const sources = workflowFiles().map((file) => fs.readFileSync(file, "utf8"));
const pinned = sources.flatMap((source) => [...source.matchAll(/uses: (.+)/g)].map(([, uses = ""]) => uses));

test("P5: each action is pinned by a commit with its version beside it, the same in every workflow", () => {
  expect(pinned.length).toBeGreaterThan(10);
  expect(pinned.filter((uses) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(uses))).toEqual([]);
  const actions = new Set(pinned.map((uses) => uses.split("@")[0]));
  expect(new Set(pinned).size).toBe(actions.size);
});

test.each(names)("P5: %s has minimum rights and a time limit, and passes no data of an event to a shell", (name) => {
  const { on } = readWorkflow(name);
  const { permissions, steps, ...job } = jobOf(name);
  // It would run code of any fork with the repository's secrets.
  expect(on).not.toHaveProperty("pull_request_target");
  expect(job["timeout-minutes"]).toBeLessThanOrEqual(90);
  expect(permissions).toEqual(
    name === "preview" ? { contents: "read", "pull-requests": "write" } : { contents: "read" },
  );
  expect(commandsOf(steps).filter((command) => command.includes("${{"))).toEqual([]);
  const checkout = steps.find(({ uses }) => uses?.startsWith("actions/checkout@"));
  expect(checkout?.with["persist-credentials"]).toBe("false");
});

test("P5: only the steps that need secrets get them, in jobs of an environment", () => {
  const holders = names.flatMap((name) => {
    const { environment, steps } = jobOf(name);
    const secret = steps.filter(({ env }) => Object.values(env).some((value) => value.includes("secrets.")));
    return secret.map((step) => [name, environment, step.name]);
  });
  expect(holders).toEqual([
    ["preview", "preview", "Preview"],
    ["up", "staging", "Update"],
  ]);
});

test("P5: a fork's pull request is not previewed", () => {
  expect(jobOf("preview").if).toContain("github.event.pull_request.head.repo.full_name == github.repository");
});

test("P5: updates of staging run one at a time, only from main, and none is cancelled", () => {
  const { on, concurrency } = readWorkflow("up");
  expect(concurrency).toEqual({ group: "staging", "cancel-in-progress": false });
  expect(on.push).toMatchObject({ branches: ["main"] });
  // It can be started by hand, from any branch.
  expect(jobOf("up").if).toBe("${{ github.ref == 'refs/heads/main' }}");
});

test("P5: runners get the versions that this repository pins", () => {
  const inputs = names.flatMap((name) => jobOf(name).steps.map((step) => step.with));
  expect(new Set(inputs.flatMap((one) => one["pulumi-version"] ?? []))).toEqual(new Set([SDK_VERSION]));
  expect(new Set(names.flatMap((name) => jobOf(name).container ?? []))).toEqual(
    new Set([`golang:${GO_VERSION}-bookworm`]),
  );
});

test("P5: check and nightly run the first part of `npm test`, and install nothing twice", () => {
  const commands = (name: string) => commandsOf(jobOf(name).steps).filter((command) => command.startsWith("npm"));
  expect(commands("check")).toEqual(["npm run check"]);
  expect(commands("nightly")).toEqual(["npm run check -- --long"]);
});

test("P5: a change that needs no deployment starts none, on GitHub as in Pulumi Deployments", () => {
  const { paths } = readDeploySettings("staging").gitHub ?? {};
  expect(paths).toHaveLength(4);
  expect(readDeploySettings("dev").gitHub?.paths).toEqual(paths);
  expect(readWorkflow("up").on.push).toMatchObject({ paths });
  expect(readWorkflow("preview").on.pull_request).toMatchObject({ paths, branches: ["main"] });
});

const gitlabJob = z.looseObject({
  script: z.array(z.string()),
  extends: z.string(),
  resource_group: z.string().optional(),
});

test("P5: the GitLab template says the same", () => {
  const file = path.resolve(__dirname, "../../../docs/ci/gitlab-ci.yml");
  const template = z.record(z.string(), z.unknown()).parse(parse(fs.readFileSync(file, "utf8")));
  const workflows = { check: "check", nightly: "nightly", preview: "preview", up: "up" };
  for (const [name, workflow] of Object.entries(workflows)) {
    const { script, extends: base } = gitlabJob.parse(template[name]);
    const { before_script: before } = z.looseObject({ before_script: z.array(z.string()) }).parse(template[base]);
    const commands = [...before, ...script.flatMap(linesOf)];
    const wanted = commandsOf(jobOf(workflow).steps).filter((command) => /^(npm|pulumi|\.ci\/)/.test(command));
    expect(commands.filter((command) => /^(npm|pulumi|\.ci\/)/.test(command))).toEqual(wanted);
  }
  expect(gitlabJob.parse(template.up).resource_group).toBe("staging");
  expect(template[".deployment"]).toMatchObject({ image: { name: `pulumi/pulumi:${SDK_VERSION}` } });
  expect(template[".checks"]).toMatchObject({ variables: { GO_VERSION } });
});
