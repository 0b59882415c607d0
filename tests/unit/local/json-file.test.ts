import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { readJsonFile, writeJsonFile } from "@nexus/host";

let folder: string;
let file: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-json-"));
  file = path.join(folder, "instance.json");
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

test("the written value is read again, and undefined without a file", () => {
  expect(readJsonFile(file)).toBeUndefined();
  writeJsonFile(file, { id: "abc123" });
  expect(readJsonFile(file)).toEqual({ id: "abc123" });
});

test("a write that fails halfway, as on a full disk, leaves the old file", () => {
  writeJsonFile(file, { id: "abc123" });
  // A full file system: every write fails.
  fs.symlinkSync("/dev/full", `${file}.new`);
  expect(() => writeJsonFile(file, { id: "def456" })).toThrow("ENOSPC");
  expect(readJsonFile(file)).toEqual({ id: "abc123" });
});

test("a damaged file is reported", () => {
  fs.writeFileSync(file, '{"id": "ab');
  expect(() => readJsonFile(file)).toThrow(/instance\.json is damaged: .*JSON.* Fix: restore it from a copy/);
});
