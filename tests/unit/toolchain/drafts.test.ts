import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { removeDrafts } from "../../../local/toolchain/drafts";

test("files of an interrupted build are removed; the finished tool, its lock and other tools stay", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-drafts-"));
  const kept = ["tool-v1", "tool-v1.lock", "tool-v10.77"];
  for (const name of [...kept, "tool-v1.42", "tool-v1.42.module"]) fs.mkdirSync(path.join(folder, name));
  removeDrafts(path.join(folder, "tool-v1"));
  expect(fs.readdirSync(folder).sort()).toEqual([...kept].sort());
  fs.rmSync(folder, { recursive: true });
});
