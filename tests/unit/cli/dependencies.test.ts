import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { repositoryRoot, waitFor } from "@nexus/host";

const MODULE = path.join(repositoryRoot, "cli/dependencies.mjs");
const INSTALLED = "node_modules/.package-lock.json";

interface Entry {
  version?: string;
  integrity?: string;
  optional?: boolean;
}

let template: string;
let clone: string;
const newFolder = () => fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "nexus-dependencies-")));
const at = (file: string) => path.join(clone, file);
const write = (file: string, content: unknown) => {
  fs.mkdirSync(path.dirname(at(file)), { recursive: true });
  fs.writeFileSync(at(file), typeof content === "string" ? content : JSON.stringify(content));
};

/** A clone whose packages npm finds without a registry: two workspaces, and one package that only tests need. */
beforeAll(() => {
  clone = template = newFolder();
  const workspaces = ["packages/*"];
  write("package.json", { name: "clone", version: "1.0.0", workspaces, devDependencies: { tool: "file:tool" } });
  write("tool/package.json", { name: "tool", version: "1.0.0" });
  write("packages/one/package.json", { name: "one", version: "1.0.0" });
  write("packages/two/package.json", { name: "two", version: "1.0.0", scripts: { postinstall: "exit 1" } });
  npm("install", "--ignore-scripts");
});
afterAll(() => fs.rmSync(template, { recursive: true }));

beforeEach(() => {
  clone = newFolder();
  fs.cpSync(template, clone, { recursive: true, verbatimSymlinks: true });
});
afterEach(() => fs.rmSync(clone, { recursive: true }));

function npm(...args: string[]): void {
  execFileSync("npm", [...args, "--offline", "--no-audit", "--no-fund"], { cwd: clone, stdio: "pipe" });
}

/** Puts a program in the place of npm: a shell script, which runs in the clone. */
function replaceNpm(script: string): void {
  write("bin/npm", `#!/bin/sh\n${script}\n`);
  fs.chmodSync(at("bin/npm"), 0o755);
}

function start(): ChildProcessWithoutNullStreams & { readonly output: () => string } {
  const code = `import(process.argv[1]).then((module) => module.ensureDependencies(process.argv[2]))`;
  const env = { ...process.env, PATH: `${at("bin")}${path.delimiter}${process.env.PATH}` };
  const child = spawn(process.execPath, ["-e", code, MODULE, clone], { env });
  let output = "";
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return Object.assign(child, { output: () => output });
}

/** How often npm ran. */
async function installs(): Promise<number> {
  replaceNpm("echo run >> installs");
  expect(await once(start(), "close")).toEqual([0, null]);
  return fs.existsSync(at("installs")) ? fs.readFileSync(at("installs"), "utf8").split("\n").length - 1 : 0;
}

function changeLock(file: string, change: (packages: Record<string, Entry>) => void): void {
  const lock = JSON.parse(fs.readFileSync(at(file), "utf8")) as { readonly packages: Record<string, Entry> };
  change(lock.packages);
  write(file, lock);
}

test("what npm install installed is not installed again, also without install scripts", async () => {
  expect(await installs()).toBe(0);
});

test("what npm ci installed is not installed again", async () => {
  npm("ci", "--ignore-scripts");
  expect(await installs()).toBe(0);
});

test("after the lock file has changed, an npm install by hand is enough", async () => {
  write("packages/one/package.json", { name: "one", version: "1.0.1" });
  npm("install", "--ignore-scripts");
  expect(await installs()).toBe(0);
});

test.each<[string, () => void]>([
  ["there is no node_modules", () => fs.rmSync(at("node_modules"), { recursive: true })],
  ["the record of the installation is damaged", () => write(INSTALLED, "{")],
  ["a package is not recorded", () => changeLock(INSTALLED, (packages) => delete packages["node_modules/tool"])],
  ["the folder of a package is gone", () => fs.rmSync(at("node_modules/tool"))],
  ["the lock file has another version", () => changeLock("package-lock.json", (all) => (all.tool = { version: "2" }))],
  ["the lock file has another hash", () => changeLock("package-lock.json", (all) => (all.tool = { integrity: "x" }))],
  ["the lock file has one package more", () => changeLock("package-lock.json", (all) => (all["tool/more"] = {}))],
  ["a workspace has a package that is no longer its own", () => nested("packages/one")],
  ["a package has a package that is no longer its own", () => nested("node_modules/tool")],
  ["development dependencies were left out", () => npm("ci", "--omit=dev", "--ignore-scripts")],
  ["one workspace was installed alone", () => npm("ci", "--workspace=packages/one", "--ignore-scripts")],
  ["an installation ended with an error", () => expect(() => npm("ci")).toThrow("npm error")],
])("npm ci runs if %s", async (_, change) => {
  change();
  expect(await installs()).toBe(1);
});

/** Records a package that hides another one from the package in `folder`. */
function nested(folder: string): void {
  changeLock(INSTALLED, (all) => (all[`${folder}/node_modules/left`] = { version: "1.0.0" }));
}

test.each<[string, () => void]>([
  [
    "an optional package is not there",
    () => changeLock("package-lock.json", (all) => (all["node_modules/other-system"] = { optional: true })),
  ],
  [
    "there is one package more, installed with --no-save",
    () => changeLock(INSTALLED, (all) => (all["node_modules/extra"] = { version: "1.0.0" })),
  ],
  [
    "the name of that package is the name of another one and a letter",
    () => changeLock(INSTALLED, (all) => (all["node_modules/tools"] = { version: "1.0.0" })),
  ],
])("npm ci does not run if %s", async (_, change) => {
  change();
  expect(await installs()).toBe(0);
});

test("the installation is complete, whatever the configuration of npm leaves out", async () => {
  write("packages/two/package.json", { name: "two", version: "1.0.0" });
  npm("install", "--package-lock-only");
  write(".npmrc", "omit=dev\nomit=optional\ninstall-strategy=linked\noffline=true\n");
  fs.rmSync(at("node_modules"), { recursive: true });
  expect(await once(start(), "close")).toEqual([0, null]);
  expect(await installs()).toBe(0);
});

test("of two commands that start at once, one installs and the other waits for it", async () => {
  fs.renameSync(at(INSTALLED), at("record"));
  replaceNpm("echo run >> installs; until [ -e go ]; do sleep 0.1; done; cp record node_modules/.package-lock.json");
  const commands = [start(), start()];
  const waiting = "Another process installs the dependencies; waiting for it ...\n";
  const other = () => commands.find((one) => one.output() === waiting);
  await waitFor("One waits for the other", 60, async () => other());
  const ends = commands.map((one) => once(one, "close"));
  write("go", "");
  expect(await Promise.all(ends)).toEqual([
    [0, null],
    [0, null],
  ]);
  expect(fs.readFileSync(at("installs"), "utf8")).toBe("run\n");
});

test("a command that waits installs if the other one is killed", async () => {
  fs.rmSync(at(INSTALLED));
  replaceNpm("echo run >> installs; until [ -e go ]; do sleep 0.1; done");
  const first = start();
  await waitFor("The first installs", 60, async () => fs.existsSync(at("installs")) || undefined);
  const second = start();
  await waitFor("The second waits", 60, async () => second.output().includes("waiting") || undefined);
  first.kill("SIGKILL");
  const end = once(second, "close");
  await waitFor("The second installs", 60, async () => second.output().includes("Installing") || undefined);
  write("go", "");
  expect(await end).toEqual([0, null]);
});
