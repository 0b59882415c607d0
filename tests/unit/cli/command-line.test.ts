import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { repositoryRoot, stackScripts } from "@nexus/host";
import { openClosedPipe } from "../../support/closed-pipe";
import { runCommandLine } from "../../support/command-line";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-command-line-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const { version, scripts } = JSON.parse(fs.readFileSync(path.join(repositoryRoot, "package.json"), "utf8")) as {
  version: string;
  scripts: Record<string, string>;
};
const commands = Object.entries(scripts).filter(([, script]) => script.startsWith("node -- cli/nexus.mjs"));

/** Packages whose code a command had loaded when it ended. */
async function packagesOf(...args: string[]): Promise<string[]> {
  const probe = path.join(folder, "probe.cjs");
  const list = path.join(folder, "loaded");
  const write = `require("fs").writeFileSync(${JSON.stringify(list)}, Object.keys(require.cache).join("\\n"))`;
  fs.writeFileSync(probe, `process.on("exit", () => ${write});`);
  const env = { NEXUS_HOME: path.join(folder, "home") };
  // The first run may have to transpile what has changed.
  await runCommandLine(args, { env });
  await runCommandLine(args, { env, before: ["--require", probe] });
  const files = fs.readFileSync(list, "utf8").split("\n");
  const names = files.flatMap((file) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/.*\.[cm]?js$/.exec(file)?.[1] ?? []);
  return [...new Set(names)].sort();
}

/** The commands that messages print, such as `npm run logs -- --previous`, with the options that they name. */
function printedCommands(): { readonly text: string; readonly script: string; readonly options: readonly string[] }[] {
  const folders = ["cli", "components", "config", "local", "packages", "images"];
  const files = execFileSync("git", ["ls-files", ...folders.map((one) => `${one}/*.ts`)], { cwd: repositoryRoot });
  const texts = files
    .toString()
    .split("\n")
    .filter((file) => file.endsWith(".ts") && !/\/test\/|testkit/.test(file))
    .map((file) => fs.readFileSync(path.join(repositoryRoot, file), "utf8").replace(/^ *(?:\/\/|\/?\*).*$/gm, ""));
  return texts.flatMap((text) =>
    [...text.matchAll(/npm run (?:-s )?([a-z-]+)(?: --(?: [\w<>.${}|@-]+)*)?/g)].map(([all, script = ""]) => ({
      text: all,
      script,
      options: all.match(/(?<= )--[a-z][a-z-]*/g) ?? [],
    })),
  );
}

test("every npm script of the command line is a command, its help shows how it is called, and messages name no other", async () => {
  const helps = await Promise.all(commands.map(([name]) => runCommandLine([name, "--help"])));
  const helpOf = new Map(commands.map(([name], index) => [name, helps[index]?.output ?? ""]));
  const printed = printedCommands();
  expect(printed.length).toBeGreaterThan(50);
  for (const { text, script, options } of printed) {
    expect([text, script in scripts]).toEqual([text, true]);
    const help = helpOf.get(script) ?? "";
    // A command of its own has options below it.
    if (!help.includes("\nCommands:")) expect([text, options.filter((one) => !help.includes(one))]).toEqual([text, []]);
  }
  const ofStacks = commands.map(([name]) => name).filter((name) => helpOf.get(name)?.includes("--stack <name>"));
  expect(ofStacks.sort()).toEqual([...stackScripts].sort());
  for (const [index, { output, errors, code }] of helps.entries()) {
    expect({ errors, code }).toEqual({ errors: "", code: 0 });
    expect(output).toContain(`Usage: npm run ${commands[index]?.[0]} -- `);
    expect(output).toContain("--version");
  }
  const { output } = await runCommandLine(["--help"]);
  const listed = [...output.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name).filter((name) => name !== "help");
  expect(listed.sort()).toEqual(commands.map(([name]) => name).sort());
});

test("help, version and mistakes load only the parser of arguments, and status loads neither Pulumi nor a client", async () => {
  expect(await packagesOf("up", "--help")).toEqual(["commander"]);
  expect(await packagesOf("--version")).toEqual(["commander"]);
  expect(await packagesOf("upp")).toEqual(["commander"]);
  expect(await packagesOf("status")).toEqual(["commander", "yaml", "zod"]);
});

test("--env-file of a script goes to the command and not to Node.js", () => {
  fs.writeFileSync(
    path.join(folder, "compose.yaml"),
    'services: { app: { image: i, environment: { DATA: "${DATA}" } } }',
  );
  fs.writeFileSync(path.join(folder, "prod.env"), "BASE=/srv\nDATA=${BASE}/data\n");
  const convert = (file: string) => {
    const args = [
      "--prefix",
      repositoryRoot,
      "run",
      "-s",
      "compose",
      "--",
      "convert",
      "compose.yaml",
      "--env-file",
      file,
    ];
    return spawnSync("npm", args, { cwd: folder, encoding: "utf8" });
  };
  expect(convert("prod.env").stdout).toContain("DATA: /srv/data\n");
  const missing = convert("missing.env");
  expect(missing.status).toBe(1);
  expect(missing.stderr).toMatch(/there is no file ".*missing\.env"\. Fix: create it, or correct the path/);
});

test("--version names the version and the commit, also after a command", async () => {
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], {
    cwd: repositoryRoot,
    encoding: "utf8",
  }).trim();
  const output = `${version} (${commit})\n`;
  expect(await runCommandLine(["--version"])).toEqual({ output, errors: "", code: 0 });
  expect(await runCommandLine(["up", "--version"])).toEqual({ output, errors: "", code: 0 });
});

test.each([
  [["upp"], "unknown command 'upp'. Did you mean up? Fix: node cli/nexus.mjs --help"],
  [["up", "--stak", "dev"], "unknown option '--stak'. Did you mean --stack? Fix: npm run up -- --help"],
  [["up", "staging"], "too many arguments for 'up'. Expected 0 arguments but got 1. Fix: npm run up -- --help"],
  [
    ["destroy", "--forget", "--keep-platform"],
    "option '--forget' cannot be used with option '--keep-platform'. Fix: npm run destroy -- --help",
  ],
  [["compose", "conver"], "unknown command 'conver'. Did you mean convert? Fix: npm run compose -- --help"],
  [["compose", "convert"], "missing required argument 'file'. Fix: npm run compose -- convert --help"],
  [["\u001b[2J"], "unknown command '\\x1b[2J'. Fix: node cli/nexus.mjs --help"],
])("a mistake is reported in one line: %j", async (args, line) => {
  expect(await runCommandLine(args)).toEqual({ output: "", errors: `Error: ${line}\n`, code: 1 });
});

test("P5: the way out of a mistake names the stack of the command", async () => {
  const { errors } = await runCommandLine(["rollback", "--stack", "staging", "--to", "x"]);
  expect(errors).toBe(`
Error: --to: "x" is not the number of a release.
  Fix: npm run releases -- --stack staging
`);
});

test("no command fails because nobody reads its output", async () => {
  const stdout = openClosedPipe(folder);
  fs.writeFileSync(path.join(folder, "compose.yaml"), "services: { app: { image: i } }");
  const env = { NEXUS_HOME: path.join(folder, "home") };
  const all = [
    ...commands.map(([name]) => [name, "--help"]),
    ["--version"],
    ["requirements"],
    ["compose", "convert", path.join(folder, "compose.yaml")],
    ["render", "--stack", "dev", "--out", path.join(folder, "out")],
  ];
  const ends = await Promise.all(all.map((args) => runCommandLine(args, { stdout, env })));
  for (const [index, { errors, code }] of ends.entries())
    expect([all[index], code, errors.match(/EPIPE|^ +at /gm)]).toEqual([all[index], 0, null]);
  // A mistake whose message nobody reads is still a mistake.
  expect((await runCommandLine(["upp"], { stdout, stderr: stdout })).code).toBe(1);
  fs.closeSync(stdout);
});

test("output that cannot be written is reported once, and the command continues and then fails", async () => {
  const full = fs.openSync("/dev/full", "w");
  const { errors, code } = await runCommandLine(["requirements"], { stdout: full });
  expect([errors, code]).toEqual([
    expect.stringMatching(/^Error: the output cannot be written \(ENOSPC: [^)]*\)\. Fix: send it elsewhere\.\n$/),
    1,
  ]);
  expect((await runCommandLine(["requirements"], { stdout: full, stderr: full })).code).toBe(1);
  fs.closeSync(full);
});
