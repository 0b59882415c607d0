import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { exportStack } from "../../../cli/pulumi";
import type { Session } from "../../../cli/session";
import { forgetFormerDockerImages, formerDockerImages } from "../../../cli/update/docker-images";
import { EngineStack, pulumiFolder } from "../../support/engine-stack";
import { partly } from "../../support/partly";
import { installDockerPlugin, MADE_DIGEST } from "../../support/stand-ins/docker-plugin";

const PROGRAM = path.resolve(__dirname, "../../fixtures/images-only");
const IMAGE = "localhost:5000/nexus/workspace-kernel";

let folder: string;
let stack: EngineStack;
let removePlugin: () => void;
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-docker-builder-"));
  fs.mkdirSync(path.join(folder, "bin"));
  process.env.PATH = `${path.join(folder, "bin")}:${process.env.PATH}`;
  const cluster = { binDir: pulumiFolder(), kubeconfig: path.join(folder, "none") };
  stack = await EngineStack.make(cluster, path.join(folder, "stack"), PROGRAM);
  removePlugin = installDockerPlugin(stack.plugins, path.join(folder, "calls"));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Lets `docker` answer, or fail as it does without an engine. */
function engineIs(running: boolean): void {
  const script = running ? "exit 0" : "echo 'Cannot connect to the Docker daemon' >&2; exit 1";
  fs.writeFileSync(path.join(folder, "bin/docker"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** What the plugin was asked for since the last look. */
function calls(): string[] {
  const file = path.join(folder, "calls");
  const lines = fs.existsSync(file) ? fs.readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  fs.rmSync(file, { force: true });
  return lines;
}

/** The image that the stack's pods would run. */
const kernel = () => stack.state().resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs?.kernel;

const preview = (...flags: string[]) => stack.pulumiOk("preview", "--config-file", stack.file, ...flags);

test("P1 P4: a preview with `builder: docker` makes nothing, and says what it cannot see without a Docker engine", async () => {
  stack.configure({ images: { builder: "docker", references: {} } });
  engineIs(false);
  const blind = await preview();
  expect(blind).toMatch(/docker:index:Image +images-workspace-kernel +create/);
  expect(blind).toMatch(/warning: No Docker engine answers \(.*Cannot connect.*\)\. This preview compares the files/);
  engineIs(true);
  expect(await preview()).not.toContain("warning");
  expect(calls()).toEqual([`preview ${IMAGE}:dev`, `preview ${IMAGE}:dev`]);
});

test("P1 P4: `up` with `builder: docker` makes an image once and runs it by its digest", async () => {
  await stack.upOk();
  expect(calls()).toEqual([`create ${IMAGE}:dev`]);
  expect(kernel()).toBe(`${IMAGE}@${MADE_DIGEST}`);
  await stack.upOk();
  expect(calls()).toEqual([]);
});

test("P1 P4: a stack changes its builder without the Docker engine and the plugin, and its image stays in the registry", async () => {
  removePlugin();
  const reference = `${IMAGE}@sha256:${"e".repeat(64)}`;
  stack.configure({ images: { builder: "prebuilt", references: { "workspace-kernel": reference } } });
  const { output } = await stack.pulumi("preview", "--config-file", stack.file);
  expect(output).toContain("no resource plugin 'pulumi-resource-docker' found");
  const session = (builder: string) => partly<Session>({ settings: partly({ builder }), variables: stack.variables });
  const exported = await exportStack(stack.variables, "dev");
  expect(formerDockerImages(session("docker"), exported)).toEqual([]);
  const left = formerDockerImages(session("prebuilt"), exported).flatMap(({ urn }) => ["--exclude", urn]);
  expect(await preview(...left)).toContain("e".repeat(64));
  await forgetFormerDockerImages(session("prebuilt"), exported, { stack: "dev" });
  await stack.upOk();
  expect(kernel()).toBe(reference);
  expect(calls()).toEqual([]);
  expect(stack.state().resources.filter(({ type }) => type.includes("docker"))).toEqual([]);
});
