import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { withLock } from "@nexus/host";
import { recipeHash } from "../../../local/toolchain/recipe";
import { runCommand } from "../../../local/toolchain/shims/language-host";

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-recipe-"));
  fs.writeFileSync(path.join(folder, "go.mod"), "module a\n");
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

test("a recipe's name depends on its files and settings, not on its path", () => {
  const first = recipeHash(folder, { version: 1 });
  const copy = `${folder}-copy`;
  fs.cpSync(folder, copy, { recursive: true });
  expect(recipeHash(copy, { version: 1 })).toBe(first);
  expect(recipeHash(folder, { version: 2 })).not.toBe(first);
  fs.writeFileSync(path.join(copy, "go.sum"), "x");
  expect(recipeHash(copy, { version: 1 })).not.toBe(first);
  expect(recipeHash(copy, { version: 1 }, (file) => file === "go.sum")).toBe(first);
  fs.rmSync(copy, { recursive: true });
});

test("a lock whose process has ended is taken over", async () => {
  const file = path.join(folder, "tool.lock");
  fs.writeFileSync(file, "999999999 12345");
  const waiting = jest.fn();
  await expect(withLock(file, waiting, async () => "built")).resolves.toBe("built");
  expect(waiting).not.toHaveBeenCalled();
  expect(fs.existsSync(file)).toBe(false);
});

test("several processes that wait for the lock of an ended process get it one at a time, and leave no files", async () => {
  const file = path.join(folder, "tool.lock");
  fs.writeFileSync(file, "999999999 12345");
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inside--;
  };
  await Promise.all(Array.from({ length: 4 }, () => withLock(file, () => undefined, work)));
  expect(most).toBe(1);
  expect(fs.readdirSync(folder)).toEqual(["go.mod"]);
});

test("two builds of one tool run one after another", async () => {
  const file = path.join(folder, "tool.lock");
  const order: string[] = [];
  const build = (name: string) =>
    withLock(
      file,
      () => order.push(`${name} waits`),
      async () => {
        order.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, 50));
        order.push(`${name} ends`);
      },
    );
  await Promise.all([build("a"), build("b")]);
  expect(order).toEqual(["a begins", "b waits", "a ends", "b begins", "b ends"]);
});

test("P5: a program is run with its node arguments before the runner and its entry point after the options", () => {
  const command = runCommand(
    {
      monitor: "127.0.0.1:1",
      engine: "127.0.0.1:2",
      project: "nexus",
      stack: "dev",
      organization: "organization",
      pwd: "/p",
      rootDirectory: "/p",
      dryRun: true,
      parallel: 8,
      program: ".",
      programArguments: [],
      nodeArguments: "--require ./local/transpile.cjs",
    },
    "/runner",
  );
  expect(command[0]).toMatch(/^--import=data:text\/javascript,/);
  expect(command.slice(1, 4)).toEqual(["--require", "./local/transpile.cjs", "/runner"]);
  expect(command).toContain("--dry-run");
  expect(command.at(-1)).toBe(".");
});
