import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import {
  checkBuildPrerequisites,
  goCache,
  GO_VERSION,
  recordSpaceOfFinishedBuilds,
  spaceNeeded,
} from "../../../local/toolchain/build-prerequisites";
import { ensureActionlint } from "../../../local/toolchain/actionlint";
import { BUILD_SETTINGS, buildTools, toolFolder } from "../../../local/toolchain/go-build";
import { type GoTool, goTools } from "../../../local/toolchain/go-tools";
import { silentReporter } from "../../support/silent-reporter";

const GIBIBYTE = 1024 ** 3;
const environment = { ...process.env };
const pause = toolNamed("pause");
let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-go-"));
  process.env.XDG_CACHE_HOME = path.join(folder, "cache");
});

afterEach(() => {
  process.env = { ...environment };
  fs.rmSync(folder, { recursive: true });
});

function toolNamed(name: string): GoTool {
  const tool = goTools.find((one) => one.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  return tool;
}

/** Puts a `go` first on the PATH that answers `go env` and runs `script` for everything else. */
function fakeGo({ version = `go${GO_VERSION}`, toolchain = "local", script = "" }): void {
  const answers = `case "$1 $2" in "env GOVERSION") echo ${version}; exit;; "env GOTOOLCHAIN") echo ${toolchain}; exit;; esac`;
  fs.writeFileSync(path.join(folder, "go"), `#!/bin/sh\n${answers}\n${script}\n`, { mode: 0o755 });
  process.env.PATH = `${folder}${path.delimiter}${environment.PATH ?? ""}`;
}

const silent = { say: () => undefined, built: () => undefined, compiled: () => undefined };
const roomy = () => 100 * GIBIBYTE;

test("without Go, the error names the tool that needs it and what to install", async () => {
  process.env.PATH = folder;
  const fix = `needs Go, and there is no working go on PATH. Fix: install Go ${GO_VERSION} or newer`;
  await expect(checkBuildPrerequisites([pause, toolNamed("coredns")], roomy)).rejects.toThrow(
    `Building pause, coredns ${fix}`,
  );
  await expect(ensureActionlint(silentReporter)).rejects.toThrow(
    `Building actionlint, with which npm run check reads the workflows, ${fix}`,
  );
});

test.each([
  { version: "go1.26.3", toolchain: "local" },
  { version: "go1.26rc1", toolchain: "local" },
  { version: "go1.20.14", toolchain: "" },
])("Go that is too old and cannot update itself is refused: $version", async ({ version, toolchain }) => {
  fakeGo({ version, toolchain });
  await expect(checkBuildPrerequisites([pause], roomy)).rejects.toThrow(
    `Go on PATH is ${version.slice(2)}; building pause needs ${GO_VERSION}. Fix: install Go`,
  );
});

test.each([
  { version: "go1.26.10", toolchain: "local" },
  { version: "go1.27rc1", toolchain: "local" },
  { version: "go1.22.0", toolchain: "auto" },
])("Go that is new enough, or updates itself, is accepted: $version $toolchain", async ({ version, toolchain }) => {
  fakeGo({ version, toolchain });
  await expect(checkBuildPrerequisites([pause], roomy)).resolves.toBeUndefined();
});

test("the error of a full disk names the folder, the free and the required space, and the tools", async () => {
  fakeGo({});
  const missing = [toolNamed("buildkit"), pause];
  await expect(checkBuildPrerequisites(missing, () => 11.5 * GIBIBYTE)).rejects.toThrow(
    `${goCache()} has 11.5 GiB free; building buildkit, pause needs 12.0 GiB for a while. Fix: free some, or set XDG_CACHE_HOME`,
  );
  await expect(checkBuildPrerequisites(missing, () => 12 * GIBIBYTE)).resolves.toBeUndefined();
});

test("the required space depends on the missing tools: none, those of one module, all", async () => {
  await expect(spaceNeeded([])).resolves.toBe(0);
  await expect(spaceNeeded([pause])).resolves.toBe(12 * GIBIBYTE);
  await expect(spaceNeeded([pause, toolNamed("buildkit")])).resolves.toBe(12 * GIBIBYTE);
  await expect(spaceNeeded(goTools)).resolves.toBe(14 * GIBIBYTE);
});

test("space that an interrupted build has used is subtracted, that of finished builds is not", async () => {
  const write = (name: string, mebibytes: number) =>
    fs.writeFileSync(path.join(goCache(), name), Buffer.alloc(mebibytes * 1024 ** 2, 1));
  fs.mkdirSync(goCache(), { recursive: true });
  write("finished", 4);
  await recordSpaceOfFinishedBuilds();
  const before = await spaceNeeded([pause]);
  expect(before).toBeGreaterThan(11.99 * GIBIBYTE);
  write("interrupted", 8);
  expect(before - (await spaceNeeded([pause]))).toBeGreaterThanOrEqual(8 * 1024 ** 2);
});

test("a failed build names the tool, shows the last lines, keeps the whole log, and leaves no incomplete tool", async () => {
  fakeGo({ script: `[ "$1" = build ] || exit 0; seq 1 40; echo "main.go:7: undefined: x" >&2; exit 1` });
  const failure = await buildTools([pause], silent).catch((error: Error) => error.message);
  const log = path.join(folder, "cache/nexus/common.log");
  expect(failure).toContain(`pause v1 could not be built (whole log: ${log}). go build failed (exit 1):`);
  expect(failure).toContain("main.go:7: undefined: x");
  expect(failure).not.toContain("\n5\n");
  expect(fs.readFileSync(log, "utf8")).toContain("\n5\n");
  expect(fs.readdirSync(path.dirname(toolFolder(pause)))).toEqual([]);
});

test("a tool is built for this machine, whatever target the user's environment sets", async () => {
  process.env.GOARCH = "mips";
  process.env.GOOS = "plan9";
  fakeGo({ script: `[ "$1" = build ] || exit 0; while [ "$1" != -o ]; do shift; done; env > "$2/pause"` });
  await buildTools([pause], silent);
  const seen = fs.readFileSync(path.join(toolFolder(pause), "pause"), "utf8");
  expect(seen).toMatch(/^GOARCH=(amd64|arm64)$/m);
  expect(seen).toMatch(/^GOOS=linux$/m);
  expect(seen).toMatch(/^CGO_ENABLED=0$/m);
});

test("another architecture, flag or oldest Go gives another folder; another required space does not", () => {
  const { env } = BUILD_SETTINGS;
  const others = [{ flags: ["-race"] }, { env: { ...env, GOARCH: "riscv64" } }, { oldestGo: "1.99" }];
  const folders = others.map((other) => toolFolder(pause, { ...BUILD_SETTINGS, ...other }));
  expect(new Set([toolFolder(pause), ...folders]).size).toBe(4);
  const module = { ...pause.module, diskGib: 9, seconds: 1 };
  expect(toolFolder({ ...pause, module })).toBe(toolFolder(pause));
});

test("a program is kept as soon as it exists, even if a later one fails", async () => {
  const script = `
    [ "$1" = build ] || exit 0
    while [ "$1" != -o ]; do shift; done
    echo program > "$2/pause"
    while [ -e "$2/pause" ]; do sleep 0.1; done
    exit 1`;
  fakeGo({ script });
  const coredns = toolNamed("coredns");
  const built: string[] = [];
  const report = { ...silent, built: (tool: GoTool) => void built.push(tool.name) };
  await expect(buildTools([pause, coredns], report)).rejects.toThrow("pause v1, coredns v1.15.0 could not be built");
  expect(built).toEqual(["pause"]);
  expect(fs.readFileSync(path.join(toolFolder(pause), "pause"), "utf8")).toBe("program\n");
  expect(fs.existsSync(toolFolder(coredns))).toBe(false);
});

test("a build reports its progress, and when all packages are compiled", async () => {
  const script = `case "$1" in list) echo a; echo b;; build) echo a >&2; echo b >&2; while [ "$1" != -o ]; do shift; done; echo > "$2/pause";; esac`;
  fakeGo({ script });
  const told: unknown[] = [];
  const say = (...args: unknown[]) => void told.push(args);
  await buildTools([pause], { ...silent, say, compiled: () => void told.push("compiled") });
  expect(told).toEqual([["downloading modules", 0], ["1 of 2 packages", 0.5], ["2 of 2 packages", 1], "compiled"]);
});
