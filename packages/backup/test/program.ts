import { type ChildProcess, spawn } from "node:child_process";
import { chmod, readdir, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { buildBundle } from "@nexus/testkit/bundle";
import { type DatabaseSettings, startPostgres, type TestPostgres } from "@nexus/testkit/postgres";
import { findProgram, identity, scratchDirectory, serverEnvironment } from "@nexus/testkit/server-process";

export const KEY = "a-backup-key-of-the-tests-0123456789abcdef";

export interface Ended {
  readonly code: number | null;
  /** What the program says last: in its log, and to Kubernetes. */
  readonly said: string;
  readonly out: string;
}

export interface BackupProgram {
  readonly folder: string;
  readonly start: (
    args: readonly string[],
    env?: Record<string, string>,
  ) => { child: ChildProcess; ended: Promise<Ended> };
  readonly run: (args: readonly string[], env?: Record<string, string>) => Promise<Ended>;
}

/** The folder with the programs of PostgreSQL. */
export async function postgresPrograms(): Promise<string> {
  const hint = "NEXUS_TEST_POSTGRES_BIN to the directory with initdb and postgres";
  return process.env.NEXUS_TEST_POSTGRES_BIN ?? join(await findProgram("initdb", hint), "..");
}

/** The program as its image has it, with folders of its own. It does not run as root, because initdb refuses that. */
export async function backupProgram(database: DatabaseSettings): Promise<BackupProgram> {
  const [bundle, folder, scratch] = await Promise.all([
    buildBundle("workspace-kernel"),
    scratchDirectory("backups"),
    scratchDirectory("drill"),
  ]);
  await chmod(bundle, 0o755);
  const programs = await postgresPrograms();
  const settings = Object.entries(database).map(([key, value]) => [key, String(value)]);
  const usual = {
    ...serverEnvironment(),
    ...(Object.fromEntries(settings) as Record<string, string>),
    PATH: [programs, process.env.PATH].join(delimiter),
    BACKUP_DIR: folder,
    BACKUP_SCRATCH_DIR: scratch,
    BACKUP_KEEP: "3",
    BACKUP_KEY: KEY,
  };
  const start: BackupProgram["start"] = (args, env = {}) => {
    const child = spawn(process.execPath, [join(bundle, "backup.js"), ...args], {
      cwd: scratch,
      env: { ...usual, ...env },
      ...identity,
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    const ended = new Promise<Ended>((resolve) =>
      child.once("close", (code) => resolve({ code, said: lastMessage(out) || err, out })),
    );
    return { child, ended };
  };
  return { folder, start, run: (args, env) => start(args, env).ended };
}

function lastMessage(out: string): string {
  const last = out.trim().split("\n").at(-1) ?? "";
  return last.startsWith("{") ? String((JSON.parse(last) as { message: unknown }).message) : last;
}

/** Tables of every kind: a schema with migrations, odd names, values that texts can lose, no rows. */
const TABLES = `
  create schema kernel;
  create table kernel.schema_migrations (name text primary key, timestamp text);
  insert into kernel.schema_migrations values ('0001_first', '1'), ('0002_second', '2');
  create table kernel.pages (id bigint generated always as identity primary key, page bytea, at timestamptz, f float8);
  insert into kernel.pages (page, at, f)
    select decode(md5(i::text), 'hex'), now() - i * interval '1 hour', 1.0 / i from generate_series(1, 10000) i;
  create table "Odd ""name" (v jsonb, t text);
  insert into "Odd ""name" values ('{"a": [1, null]}', E'line\\n\\t\\\\'), (null, null);
  create table empty (id int)`;

export interface Backups {
  readonly postgres: TestPostgres;
  readonly program: BackupProgram;
  /** Names in the folder of the backups. */
  readonly files: () => Promise<string[]>;
  /** Makes a backup. @returns its id */
  readonly backup: () => Promise<string>;
  readonly databases: () => Promise<string[]>;
}

/** A database with tables and an empty folder for backups, for the tests of a file. */
export function backupsOfFile(): () => Backups {
  let backups: Backups | undefined;
  const opened = () => {
    if (!backups) throw new Error("The hooks have not run.");
    return backups;
  };
  beforeAll(async () => {
    const postgres = await startPostgres();
    await postgres.query(TABLES);
    const program = await backupProgram(postgres.settings);
    backups = {
      postgres,
      program,
      files: async () => (await readdir(program.folder)).sort(),
      backup: async () => {
        const result = await program.run(["backup"]);
        expect(result).toMatchObject({ code: 0 });
        return /The backup (\S+) is finished/.exec(result.said)?.[1] ?? "";
      },
      databases: async () =>
        (await postgres.query("select datname from pg_database order by 1")).map(({ datname }) => String(datname)),
    };
  });
  beforeEach(async () => {
    const { program, files } = opened();
    for (const name of await files()) await rm(join(program.folder, name));
  });
  afterAll(async () => {
    await backups?.postgres.stop();
    if (backups) await rm(backups.program.folder, { recursive: true, force: true });
  });
  return opened;
}
