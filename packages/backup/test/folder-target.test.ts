import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderTarget } from "../src/folder-target";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nexus-folder-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function* failing(code: string) {
  yield Buffer.from("half");
  throw Object.assign(new Error(code), { code });
}

it("B38: a full volume is named with its fix, and neither the half file nor an earlier one is touched", async () => {
  const target = folderTarget(folder);
  await writeFile(join(folder, "earlier"), "whole");
  await expect(target.write("new", failing("ENOSPC"))).rejects.toThrow(
    `No space is left in ${folder}; earlier backups are untouched. Fix: raise nexus:postgres.backup.storage, ` +
      "or lower nexus:postgres.backup.keep and remove old backups.",
  );
  await expect(target.write("earlier", failing("EIO"))).rejects.toThrow("EIO");
  expect(await readdir(folder)).toEqual(["earlier"]);
  expect(await readFile(join(folder, "earlier"), "utf8")).toBe("whole");
});

it("B38: what a killed writer left is not listed, and is removed", async () => {
  const target = folderTarget(folder);
  await writeFile(join(folder, "one.part"), "half");
  await writeFile(join(folder, "two"), "whole");
  expect(await target.list()).toEqual([{ name: "two", bytes: 5 }]);
  await target.removeRests();
  expect(await readdir(folder)).toEqual(["two"]);
});
