import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { repositoryRoot, waitFor } from "@nexus/host";

let clone: string;
const at = (file: string) => path.join(clone, file);

/** A clone with the real entry, and a command line made by the test. */
beforeEach(() => {
  clone = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "nexus-entry-")));
  for (const folder of ["cli", "local", "node_modules"]) fs.mkdirSync(at(folder));
  for (const file of ["cli/nexus.mjs", "cli/dependencies.mjs", "local/transpile.cjs"])
    fs.copyFileSync(path.join(repositoryRoot, file), at(file));
  fs.symlinkSync(path.join(repositoryRoot, "node_modules/esbuild"), at("node_modules/esbuild"));
  for (const lock of ["package-lock.json", "node_modules/.package-lock.json"])
    fs.writeFileSync(at(lock), JSON.stringify({ packages: {} }));
});
afterEach(() => fs.rmSync(clone, { recursive: true }));

function nexus(...args: string[]): string {
  const stdio = ["ignore", "pipe", "pipe"] as const;
  return execFileSync(process.execPath, [at("cli/nexus.mjs"), ...args], {
    cwd: os.tmpdir(),
    encoding: "utf8",
    stdio: [...stdio],
  });
}

test("a command runs in the clone's root, and a change of a module that it imports later takes effect at once", () => {
  const source =
    "void import('./part').then(({ part }) => console.log(process.cwd(), process.argv[2], part as number));";
  fs.writeFileSync(at("cli/main.ts"), source);
  fs.writeFileSync(at("cli/part.ts"), "export const part: number = 1;");
  expect([nexus("up"), nexus("up")]).toEqual([`${clone} up 1\n`, `${clone} up 1\n`]);
  fs.writeFileSync(at("cli/part.ts"), "export const part: number = 2;");
  expect(nexus("up")).toBe(`${clone} up 2\n`);
});

test("transpiled code is reused until it is damaged, and then made again", () => {
  fs.writeFileSync(at("cli/main.ts"), "const text: string = 'right'; console.log(text);");
  expect(nexus()).toBe("right\n");
  const cache = at("node_modules/.cache/nexus-transpile");
  const [name = ""] = fs.readdirSync(cache);
  const file = path.join(cache, name);
  const made = { text: fs.readFileSync(file, "utf8"), inode: fs.statSync(file).ino };
  expect(nexus()).toBe("right\n");
  expect(fs.statSync(file).ino).toBe(made.inode);
  for (const damaged of ["", made.text.slice(0, 40), made.text.slice(20), made.text.replace("right", "wrong"), "}"]) {
    fs.writeFileSync(file, damaged);
    expect(nexus()).toBe("right\n");
    expect(fs.readFileSync(file, "utf8")).toBe(made.text);
  }
  expect(fs.readdirSync(cache)).toEqual([name]);
});

test("commands also run with a cache that cannot be written", () => {
  fs.writeFileSync(at("cli/main.ts"), "console.log('runs' as string);");
  fs.writeFileSync(at("node_modules/.cache"), "a file where the folder would be");
  expect(nexus()).toBe("runs\n");
});

test("a command whose npm has ended gets SIGTERM once, and ends in order", async () => {
  fs.writeFileSync(
    at("cli/main.ts"),
    `import { appendFileSync } from "node:fs";
    process.on("SIGTERM", () => {
      appendFileSync("signals", "SIGTERM ");
      setTimeout(() => { appendFileSync("signals", "end"); process.exit(); }, 1500);
    });
    setInterval(() => undefined, 1000);
    appendFileSync("started", "");`,
  );
  const command = `"${process.execPath}" "${at("cli/nexus.mjs")}"; true`;
  const npm = spawn("sh", ["-c", command], { env: { ...process.env, npm_lifecycle_event: "up" }, stdio: "ignore" });
  await waitFor("The start of the command", 30, async () => fs.existsSync(at("started")) || undefined);
  npm.kill("SIGKILL");
  await once(npm, "close");
  const signals = await waitFor("The end of the command", 30, async () => {
    const text = fs.existsSync(at("signals")) ? fs.readFileSync(at("signals"), "utf8") : "";
    return text.endsWith("end") ? text : undefined;
  });
  expect(signals).toBe("SIGTERM end");
});
