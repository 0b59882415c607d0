import * as fs from "node:fs";
import * as path from "node:path";
import { repositoryRoot } from "@nexus/host";

const DEFINES_TESTS = /^\s*(?:test|it|describe)(?:\.\w+)?\(/m;

test("files of the end-to-end suites that contain tests are named *.test.ts or *-tests.ts, and no others", () => {
  const folder = path.join(repositoryRoot, "tests/e2e");
  const files = fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const named = files.filter((file) => /(?:\.test|-tests)\.ts$/.test(file));
  expect(files.filter((file) => DEFINES_TESTS.test(fs.readFileSync(path.join(folder, file), "utf8")))).toEqual(named);
});
