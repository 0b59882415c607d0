import { chmod, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startPostgres } from "@nexus/testkit/postgres";
import { backupsOfFile, KEY } from "./program";

const backups = backupsOfFile();
const dumpOf = (id: string) => join(backups().program.folder, `${id}.dump.age`);
const manifestOf = (id: string) => join(backups().program.folder, `${id}.json`);

describe("B38: retention", () => {
  it("keeps the newest by their number, also when the clock goes back and forth", async () => {
    const ids = [await backups().backup(), await backups().backup()];
    const [old = "", next = ""] = ids;
    // As a clock would have named them that was years ahead.
    const ahead = old.replace(/-.*/, "-20990101T000000Z");
    await rename(dumpOf(old), dumpOf(ahead));
    const manifest = (await readFile(manifestOf(old), "utf8")).replaceAll(old, ahead);
    await rm(manifestOf(old));
    await writeFile(manifestOf(ahead), manifest);
    const third = await backups().backup();
    const fourth = await backups().backup();
    expect((await backups().files()).filter((name) => name.endsWith(".json"))).toEqual(
      [next, third, fourth].map((id) => `${id}.json`),
    );
    expect((await backups().files()).length).toBe(6);
  });

  it("neither counts nor removes unfinished and foreign files", async () => {
    const first = await backups().backup();
    await rm(manifestOf(first));
    await writeFile(join(backups().program.folder, "notes.txt"), "mine");
    const others = [await backups().backup(), await backups().backup()];
    const finished = others.flatMap((id) => [`${id}.dump.age`, `${id}.json`]);
    expect(await backups().files()).toEqual([`${first}.dump.age`, ...finished, "notes.txt"]);
    // Now three finished ones are newer than the unfinished one.
    const last = await backups().backup();
    expect(await backups().files()).toEqual([...finished, `${last}.dump.age`, `${last}.json`, "notes.txt"]);
  });
});

describe("B38: a damaged backup", () => {
  const damages: [string, (id: string) => Promise<void>, RegExp][] = [
    [
      "one changed byte",
      async (id) => {
        const bytes = await readFile(dumpOf(id));
        bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
        await writeFile(dumpOf(id), bytes);
      },
      /does not have the checksum that was written/,
    ],
    ["a shorter file", (id) => truncate(dumpOf(id), 1000), /has 1000 bytes, and \d+ were written/],
    ["an empty file", (id) => truncate(dumpOf(id), 0), /has 0 bytes, and \d+ were written/],
    ["no file", (id) => rm(dumpOf(id)), /\.dump\.age is missing/],
    ["no finished marker", (id) => rm(manifestOf(id)), /There is no finished backup in the folder/],
    ["half a marker", (id) => truncate(manifestOf(id), 100), /\.json is not a manifest/],
    [
      "a marker of a newer version",
      async (id) =>
        writeFile(manifestOf(id), (await readFile(manifestOf(id), "utf8")).replace('"format": 1', '"format": 2')),
      /was made by a newer version of Nexus \(format 2; this version reads 1\)/,
    ],
    [
      "other contents than were counted",
      async (id) =>
        writeFile(manifestOf(id), (await readFile(manifestOf(id), "utf8")).replace('"rows": 10000', '"rows": 10001')),
      /was restored, but differs: kernel\.pages has 10000 rows instead of 10001\./,
    ],
    [
      "a newer pg_dump",
      async (id) =>
        writeFile(
          manifestOf(id),
          (await readFile(manifestOf(id), "utf8")).replace(/"dumpMajor": \d+/, '"dumpMajor": 99'),
        ),
      /was made by pg_dump 99, and pg_restore \d+ cannot read it\. Fix: nexus:postgres\.image must be PostgreSQL 99 or newer\./,
    ],
  ];

  it.each(damages)("is named by drill and restore: %s", async (_, damage, message) => {
    const id = await backups().backup();
    await damage(id);
    const before = await backups().databases();
    const results = await Promise.all([backups().program.run(["drill"]), backups().program.run(["prepare", "newest"])]);
    for (const result of results) expect(result).toMatchObject({ code: 1, said: expect.stringMatching(message) });
    expect(await backups().databases()).toEqual(before);
  });

  it("is named by drill and restore: another key", async () => {
    await backups().backup();
    const other = { BACKUP_KEY: "another-key-of-the-tests-0123456789abcdef" };
    const result = await backups().program.run(["drill"], other);
    expect(result.said).toMatch(
      /^It was encrypted with the key [0-9a-f]{8}, and the keys here are [0-9a-f]{8}\. Fix: /,
    );
    expect(await backups().program.run(["prepare", "newest"], { BACKUP_KEY: "" })).toMatchObject({ code: 1 });
    // The key before is still accepted.
    expect(await backups().program.run(["drill"], { ...other, BACKUP_KEY_PREVIOUS: KEY })).toMatchObject({ code: 0 });
  });

  it("is named by the drill: a dump of another schema", async () => {
    await backups().backup();
    await backups().postgres.query(
      "insert into kernel.schema_migrations values ('0000_other', '0'); create schema other; create table other.schema_migrations (name text)",
    );
    expect((await backups().program.run(["drill"])).said).toMatch(/lacks the schema other\.$/);
    await backups().postgres.query(
      "drop schema other cascade; delete from kernel.schema_migrations where name = '0002_second'",
    );
    expect((await backups().program.run(["drill"])).said).toMatch(
      /has migrations that the database does not know: kernel: 0002_second\.$/,
    );
    await backups().postgres.query(
      "delete from kernel.schema_migrations where name = '0000_other'; insert into kernel.schema_migrations values ('0002_second', '2')",
    );
  });

  it("does not hide behind a database that is away", async () => {
    await backups().backup();
    expect(await backups().program.run(["drill"], { DATABASE_PORT: "1" })).toMatchObject({ code: 0 });
  });
});

describe("B38: a full or closed folder", () => {
  it("is named, and earlier backups stay", async () => {
    const id = await backups().backup();
    await chmod(backups().program.folder, 0o500);
    const closed = await backups().program.run(["backup"]);
    await chmod(backups().program.folder, 0o700);
    expect(closed.said).toMatch(/^The folder \S+ is not writable for this user \(BACKUP_DIR\)\.$/);
    expect(await backups().files()).toEqual([`${id}.dump.age`, `${id}.json`]);
    const gone = await backups().program.run(["backup"], { BACKUP_DIR: join(backups().program.folder, "none") });
    expect(gone).toMatchObject({ code: 1, said: expect.stringMatching(/^There is no such file or folder in /) });
  });
});

describe("B38 A50: a backup", () => {
  it("is not encrypted without a key, so pg_restore alone reads it", async () => {
    expect((await backups().program.run(["backup"], { BACKUP_KEY: "" })).code).toBe(0);
    const [dump = ""] = await backups().files();
    expect((await readFile(join(backups().program.folder, dump))).subarray(0, 5).toString()).toBe("PGDMP");
    expect(await backups().program.run(["drill"], { BACKUP_KEY: "" })).toMatchObject({ code: 0 });
  });

  it("sees one moment, whatever is written meanwhile", async () => {
    let writing = true;
    const writer = (async () => {
      while (writing)
        await backups().postgres.query("insert into empty values (1); update kernel.pages set f = f + 1 where id < 99");
    })();
    await backups().backup();
    writing = false;
    await writer;
    expect(await backups().program.run(["drill"])).toMatchObject({ code: 0 });
    await backups().postgres.query("truncate empty");
  });

  it("waits for no other backup of the same database", async () => {
    const both = await Promise.all([
      backups().program.run(["backup"]),
      backups().program.run(["backup"]),
      backups().program.run(["backup"]),
    ]);
    const refused = both.filter(({ code }) => code !== 0);
    expect(both.length - refused.length).toBeGreaterThanOrEqual(1);
    for (const { said } of refused)
      expect(said).toBe("Another backup of this database is running. Fix: wait until it has ended.");
    expect((await backups().files()).length).toBe(2 * (both.length - refused.length));
  });

  it("fails with the reason when the server refuses the password or is away", async () => {
    const wrong = await backups().program.run(["backup"], { DATABASE_PASSWORD: "wrong" });
    expect(wrong.said).toMatch(
      /^The database nexus at 127\.0\.0\.1:\d+ does not let nexus in: password authentication/,
    );
    const away = await backups().program.run(["backup"], { DATABASE_PORT: "1" });
    expect(away.said).toMatch(/^The database nexus at 127\.0\.0\.1:1 does not let nexus in: connect ECONNREFUSED/);
    expect([wrong.code, away.code, await backups().files()]).toEqual([1, 1, []]);
  });
});

describe("B38: a restore", () => {
  it("does not switch to what was not restored", async () => {
    const id = await backups().backup();
    const before = await backups().databases();
    const result = await backups().program.run(["switch", id]);
    expect(result).toMatchObject({ code: 1, said: expect.stringContaining("is not restored beside the database yet") });
    expect((await backups().program.run(["prepare", "000099-20260101T000000Z"])).said).toContain(
      `the newest is ${id}. Fix: npm run backups`,
    );
    expect(await backups().databases()).toEqual(before);
  });

  it("goes into a server that has no such database, as after a disaster", async () => {
    const id = await backups().backup();
    const other = await startPostgres();
    try {
      const { DATABASE_PORT } = other.settings;
      const env = { DATABASE_PORT: String(DATABASE_PORT), DATABASE_NAME: "fresh" };
      expect(await backups().program.run(["prepare", id], env)).toMatchObject({ code: 0 });
      expect((await backups().program.run(["switch", id], env)).said).toBe(
        `The database fresh is now that of the backup ${id}.`,
      );
    } finally {
      await other.stop();
    }
  });
});
