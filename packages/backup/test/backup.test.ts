import { readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { queryWith } from "@nexus/testkit/postgres";
import { end, remove, scratchDirectory, waitFor } from "@nexus/testkit/server-process";
import { backupsOfFile, KEY, postgresPrograms } from "./program";

const backups = backupsOfFile();

describe("B38 A50: a backup", () => {
  it("is encrypted, and the drill restores it into a server of its own and compares every table", async () => {
    const { said } = await backups().program.run(["backup"]);
    expect(said).toMatch(/^The backup 000001-\d{8}T\d{6}Z is finished: 4 tables, 10004 rows, \d+ bytes in the folder /);
    const [dump = "", manifest = ""] = await backups().files();
    expect([dump, manifest]).toEqual([expect.stringMatching(/\.dump\.age$/), expect.stringMatching(/\.json$/)]);
    expect((await readFile(join(backups().program.folder, dump))).subarray(0, 22).toString()).toBe(
      "age-encryption.org/v1\n",
    );
    expect(await readFile(join(backups().program.folder, manifest), "utf8")).not.toContain(KEY);
    const result = await backups().program.run(["drill"]);
    expect(result.said).toMatch(/^The backup 000001-\S+ can be restored: 4 tables, 10004 rows, all as they were at /);
    expect(result.code).toBe(0);
  });

  it("leaves nothing that looks whole when it is killed, and the next one removes the rest", async () => {
    const first = await backups().backup();
    // A pg_dump that never comes to its end.
    const [stub, programs] = await Promise.all([scratchDirectory("stub"), postgresPrograms()]);
    const script = `#!/bin/sh\n[ "$1" = --version ] && exec ${programs}/pg_dump --version\necho half\nexec sleep 60\n`;
    await writeFile(join(stub, "pg_dump"), script, { mode: 0o755 });
    const path = [stub, programs, process.env.PATH].join(delimiter);
    const { child, ended } = backups().program.start(["backup"], { PATH: path });
    await waitFor("it writes", async () => {
      if (!(await backups().files()).some((name) => name.endsWith(".part"))) throw new Error("no part yet");
    });
    await end(child, "SIGKILL");
    child.stdout?.destroy();
    child.stderr?.destroy();
    await ended;
    await remove(stub);
    expect((await backups().program.run(["list"])).out).toMatch(new RegExp(`^${first}  .*\n$`));
    expect(await backups().program.run(["drill"])).toMatchObject({ code: 0, said: expect.stringContaining(first) });
    const second = await backups().backup();
    expect(await backups().files()).toEqual([
      `${first}.dump.age`,
      `${first}.json`,
      `${second}.dump.age`,
      `${second}.json`,
    ]);
  });

  it("of a database without tables is refused, so it pushes no good one out", async () => {
    await backups().postgres.query("create database bare");
    const result = await backups().program.run(["backup"], { DATABASE_NAME: "bare" });
    expect(result).toMatchObject({ code: 1, said: "The database bare has no tables, so there is nothing to keep." });
    expect(await backups().files()).toEqual([]);
  });
});

describe("B38: a restore", () => {
  it("restores beside, verifies, and then switches in one step; the former database is kept", async () => {
    const id = await backups().backup();
    await backups().postgres.query("delete from kernel.pages where id > 5");
    const prepared = await backups().program.run(["prepare", id]);
    expect(prepared.said).toBe(
      `The backup ${id} is restored into nexus_restore_1 and verified: 4 tables, 10004 rows. Nothing uses it yet.`,
    );
    expect(await backups().postgres.query("select count(*)::int as n from kernel.pages")).toEqual([{ n: 5 }]);
    const switched = await backups().program.run(["switch", id]);
    expect(switched.said).toMatch(
      /^The database nexus is now that of the backup \S+\. The former database is kept as nexus_before_\d{8}T\d{6}; drop it/,
    );
    expect(await backups().postgres.query("select count(*)::int as n from kernel.pages")).toEqual([{ n: 10000 }]);
    const [kept = ""] = (await backups().databases()).filter((name) => name.startsWith("nexus_before_"));
    expect(kept).not.toBe("");
    expect(await backups().databases()).not.toContain("nexus_restore_1");
  });
});

describe("B38: an empty database in another place", () => {
  /** The database of this name on the same server. */
  const fillIn = (name: string, id: string, env = {}) =>
    backups().program.run(["fill", id], { DATABASE_NAME: name, ...env });
  const rowsIn = async (database: string) =>
    await queryWith(
      { ...backups().postgres.settings, DATABASE_NAME: database },
      "select count(*)::int as n from kernel.pages",
    );

  it("is filled from a backup and compared, and once only: what services write since then stays", async () => {
    const id = await backups().backup();
    await backups().postgres.query("create database fresh");
    expect(await fillIn("fresh", id)).toMatchObject({
      code: 0,
      said: expect.stringMatching(
        /^The database fresh is filled from the backup \S+ and verified: 4 tables, \d+ rows\.$/,
      ),
    });
    await queryWith(
      { ...backups().postgres.settings, DATABASE_NAME: "fresh" },
      "delete from kernel.pages where id > 7",
    );
    expect(await fillIn("fresh", id)).toMatchObject({
      code: 0,
      said: `The database fresh was filled from the backup ${id} already.`,
    });
    expect(await rowsIn("fresh")).toEqual([{ n: 7 }]);
    const other = await backups().backup();
    expect(await fillIn("fresh", other)).toMatchObject({
      code: 1,
      said: expect.stringMatching(
        /^The database fresh at \S+ has 4 tables, and only an empty one is filled from .* Fix: empty it/,
      ),
    });
    expect(await rowsIn("fresh")).toEqual([{ n: 7 }]);
  });

  it("stays empty when the backup is damaged or cannot be restored as a whole", async () => {
    const id = await backups().backup();
    await backups().postgres.query("create database halves");
    // The last schema of the dump, so everything before it is restored first.
    const halves = { ...backups().postgres.settings, DATABASE_NAME: "halves" };
    await queryWith(halves, 'create view "Odd ""name" as select 1 as one');
    expect(await fillIn("halves", id)).toMatchObject({ code: 1, said: expect.stringContaining("pg_restore failed") });
    const tables = "select count(*)::int as n from pg_tables where schemaname in ('kernel', 'public')";
    expect(await queryWith(halves, tables)).toEqual([{ n: 0 }]);
    await queryWith(halves, 'drop view "Odd ""name"');
    expect(await fillIn("halves", id)).toMatchObject({ code: 0 });
  });

  it("A32: of a new volume lets in its owner alone, until the migration makes the role of the rotation", async () => {
    const id = await backups().backup();
    await backups().postgres.query("create database young");
    expect(await fillIn("young", id, { DATABASE_USER: "nexus_b" })).toMatchObject({ code: 0 });
    const stranger = await fillIn("young", id, { DATABASE_USER: "somebody" });
    expect([stranger.code, stranger.said]).toEqual([1, expect.stringContaining("does not let somebody in")]);
  });
});
