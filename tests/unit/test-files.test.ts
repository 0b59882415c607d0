import * as fs from "node:fs";
import * as path from "node:path";
import { repositoryRoot } from "@nexus/host";
import { PARTS } from "../../cli/commands/check";

const DEFINES_TESTS = /^\s*(?:test|it|describe)(?:\.\w+)?\(/m;

test("files of the end-to-end suites that contain tests are named *.test.ts or *-tests.ts, and no others", () => {
  const folder = path.join(repositoryRoot, "tests/e2e");
  const files = fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const named = files.filter((file) => /(?:\.test|-tests)\.ts$/.test(file));
  expect(files.filter((file) => DEFINES_TESTS.test(fs.readFileSync(path.join(folder, file), "utf8")))).toEqual(named);
});

/** Imports of what starts a server that `npm test` gives to timed tests only. */
const STARTS_SERVER =
  /from "(?:[./]*\/support\/engine-cluster|@nexus\/testkit\/(?:api-server|database|postgres|redis))"/;

test("each test file that needs no cluster runs in exactly one part of `npm test`, and in the untimed one if it starts no server", () => {
  const under = (folder: string) =>
    fs
      .readdirSync(path.join(repositoryRoot, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".test.ts"))
      .map((file) => path.join(folder, file));
  const testFolders = ["images", "packages"]
    .flatMap((folder) =>
      fs.readdirSync(path.join(repositoryRoot, folder)).map((name) => path.join(folder, name, "test")),
    )
    .filter((folder) => fs.existsSync(path.join(repositoryRoot, folder)));
  const files = [...testFolders, "tests/components", "tests/stack", "tests/unit"].flatMap(under);
  expect(files.length).toBeGreaterThan(200);
  const partsOf = (file: string) => Object.values(PARTS).filter((part) => new RegExp(part.files).test(file));
  expect(files.filter((file) => partsOf(file).length !== 1)).toEqual([]);
  const untimed = files.filter((file) => partsOf(file).includes(PARTS.untimed));
  const text = (file: string) => fs.readFileSync(path.join(repositoryRoot, file), "utf8");
  expect(untimed.filter((file) => STARTS_SERVER.test(text(file)))).toEqual([]);
});
