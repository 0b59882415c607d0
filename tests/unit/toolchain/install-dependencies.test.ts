import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import {
  choosePackageManager,
  installDependencies,
  type PackageManager,
} from "../../../local/toolchain/shims/install-dependencies";

const environment = { ...process.env };
let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-install-"));
  process.env.PATH = `${folder}/bin${path.delimiter}/usr/bin${path.delimiter}/bin`;
  delete process.env.PULUMI_PREFER_YARN;
  fs.mkdirSync(path.join(folder, "bin"));
  for (const name of ["npm", "yarn", "bun"]) program(name, `echo "$0 $*"; mkdir node_modules`);
});

afterEach(() => {
  process.env = { ...environment };
  fs.rmSync(folder, { recursive: true });
});

function program(name: string, script: string): void {
  fs.writeFileSync(path.join(folder, "bin", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

async function install(manager: PackageManager, production = false) {
  const seen = { stdout: "", stderr: "" };
  const onOutput = (stream: "stdout" | "stderr", chunk: Buffer) => (seen[stream] += chunk.toString());
  const done = installDependencies({ folder, manager, production, onOutput, onStart: () => undefined });
  const error = await done.catch((failure: Error) => failure.message);
  return { ...seen, error };
}

test.each([
  ["package-lock.json", "npm"],
  ["yarn.lock", "yarn"],
  ["bun.lockb", "bun"],
  ["pnpm-lock.yaml", "npm"],
])("P5: a project with %s is installed with %s; pnpm is not installed here", (file, manager) => {
  fs.writeFileSync(path.join(folder, file), "");
  expect(choosePackageManager(folder, "auto")).toBe(manager);
  expect(choosePackageManager(folder, "")).toBe(manager);
});

test("P5: the runtime option decides, and an invalid one is refused with the valid ones", () => {
  expect(choosePackageManager(folder, "bun")).toBe("bun");
  expect(() => choosePackageManager(folder, "cargo")).toThrow(
    "The runtime option packagemanager is cargo. Fix: set it to auto, npm, yarn, pnpm, bun.",
  );
  process.env.PATH = path.join(folder, "bin");
  expect(() => choosePackageManager(folder, "pnpm")).toThrow("There is no pnpm on PATH. Fix: install it.");
});

test("P5: the package manager runs in the project's folder, and its output is passed on between two messages", async () => {
  const { stdout, error } = await install("npm");
  expect(error).toBeUndefined();
  expect(stdout).toBe(
    `Installing dependencies...\n\n${folder}/bin/npm install --loglevel=error\nFinished installing dependencies\n\n`,
  );
  expect(fs.existsSync(path.join(folder, "node_modules"))).toBe(true);
  program("npm", `echo "$*"`);
  expect((await install("npm", true)).stdout).toContain("install --loglevel=error --omit=dev");
});

test("P5: a failed install is reported after its own output", async () => {
  program("yarn", "echo 'no such package' >&2; exit 3");
  const { stderr, error } = await install("yarn");
  expect(stderr).toBe("no such package\n");
  expect(error).toBe(`yarn install in ${folder} ended with exit code 3.`);
});

test("P5: an install without a result fails", async () => {
  program("npm", "exit 0");
  expect((await install("npm")).error).toBe(`npm install in ${folder} succeeded, but there is no node_modules.`);
});
