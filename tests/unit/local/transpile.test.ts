import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { repositoryRoot } from "@nexus/host";

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-transpile-"));
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

/** Runs a TypeScript program as Pulumi does and returns what it prints. */
function run(source: string): string {
  const file = path.join(folder, "program.ts");
  fs.writeFileSync(file, source);
  const hook = path.join(repositoryRoot, "local/transpile.cjs");
  return execFileSync(process.execPath, ["--require", hook, file], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

test("a program runs transpiled, with its modules, and a change takes effect at once", () => {
  fs.writeFileSync(path.join(folder, "part.ts"), "export const part: number = 41;");
  const source = (added: number) =>
    `import { part } from "./part";\ninterface Unused {}\nprocess.stdout.write(String((part as number) + ${added}));`;
  expect([run(source(1)), run(source(1)), run(source(2))]).toEqual(["42", "42", "43"]);
});

test("an error names the line of the TypeScript source, also when the code comes from the cache", () => {
  const source = "interface One {\n  a: string;\n}\n\nthrow new Error('here');\n";
  expect(() => run(source)).toThrow(/program\.ts:5/);
  expect(() => run(source)).toThrow(/program\.ts:5/);
});

test("P1: an error in a package is printed at once, in colours too, although Pulumi's launcher maps the frames of packages", () => {
  const modules = path.join(repositoryRoot, "node_modules");
  fs.writeFileSync(
    path.join(folder, "program-part.ts"),
    `import { CustomResource } from "${modules}/@pulumi/pulumi";\nexport const fail = () => new CustomResource("", "");\n`,
  );
  const source = `
    import { inspect } from "node:util";
    require("${modules}/source-map-support/register");
    try {
      require("./program-part").fail();
    } catch (error) {
      process.stdout.write(inspect(error, { colors: true }));
    }`;
  expect(run(source)).toMatch(/Missing resource type argument[^]*resource\.js:[^]*program-part\.ts:2:/);
});

test("a program that uses Pulumi starts without the compiler", () => {
  const source = `
    import "${repositoryRoot}/node_modules/@pulumi/pulumi";
    process.stdout.write(Object.keys(require.cache).filter((file) => file.includes("/typescript")).join());`;
  expect(run(source)).toMatch(/^[^,]*typescript-shim\.js$/);
});

test("Pulumi starts the program with it", () => {
  expect(fs.readFileSync(path.join(repositoryRoot, "Pulumi.yaml"), "utf8")).toContain(
    "nodeargs: --require ./local/transpile.cjs",
  );
});
