import { readFileSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { makeCertificate } from "@nexus/testkit/certificate";
import { queryWith, startPostgres, type TestPostgres } from "@nexus/testkit/postgres";
import { remove, scratchDirectory } from "@nexus/testkit/server-process";
import { Client } from "pg";
import { libpqTls } from "../src/server-tls";
import { type BackupProgram, backupProgram } from "./program";

const ACCOUNT = { user: "app", password: "app-password" };

let server: TestPostgres;
let program: BackupProgram;
let directory: string;

/** Sends a statement as the administrator of the server, who needs no TLS for the database `postgres`. */
const administer = (text: string) => queryWith({ ...server.settings, DATABASE_NAME: "postgres" }, text);

/** A file that the program's user can read. */
async function writeShared(name: string, text: string): Promise<void> {
  await writeFile(join(directory, name), text);
  await chmod(join(directory, name), 0o644);
}

/** Sends a statement as the platform's role, over TLS. */
async function query(text: string, database = "nexus"): Promise<unknown[]> {
  const { DATABASE_PORT: port } = server.settings;
  const client = new Client({ ...ACCOUNT, host: "127.0.0.1", port, database, ssl: { rejectUnauthorized: false } });
  await client.connect();
  try {
    return (await client.query(text)).rows as unknown[];
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  directory = await scratchDirectory("backup-tls");
  const certificate = await makeCertificate("localhost");
  server = await startPostgres({ certificate });
  await administer("create role app login password 'app-password'");
  await administer("alter database nexus owner to app");
  await query("create schema kernel; create table kernel.notes (text text); insert into kernel.notes values ('one')");
  const { user: DATABASE_USER, password: DATABASE_PASSWORD } = ACCOUNT;
  program = await backupProgram({ ...server.settings, DATABASE_USER, DATABASE_PASSWORD });
  await writeShared("ca.pem", certificate.certificate);
  await writeShared("stranger.pem", (await makeCertificate("localhost")).certificate);
});
afterAll(async () => {
  await server?.stop();
  await remove(directory);
});

const run = (args: readonly string[], mode: string, ca: string | null, host = "localhost") =>
  program.run(args, {
    DATABASE_HOST: host,
    DATABASE_SSLMODE: mode,
    ...(ca === null ? {} : { DATABASE_SSLROOTCERT: join(directory, ca) }),
  });

const UNKNOWN = "has a certificate of an unknown authority (DATABASE_SSLROOTCERT)";

describe("B38 A41: a server of somebody else", () => {
  it("is backed up, drilled and restored over TLS by a role that is no superuser", async () => {
    const made = await run(["backup"], "verify-full", "ca.pem");
    expect(made.said).toMatch(/^The backup 000001-\S+ is finished: 1 tables, 1 rows, /);
    expect((await run(["drill"], "verify-full", "ca.pem")).said).toMatch(/can be restored: 1 tables, 1 rows/);
    await query("delete from kernel.notes");
    expect(await run(["prepare", "newest"], "verify-full", "ca.pem")).toMatchObject({
      code: 1,
      said: expect.stringMatching(
        /^The role app may not create databases at localhost:\d+, .* Fix: on that server, run: alter role "app" createdb$/,
      ),
    });
    await administer('alter role "app" createdb');
    const prepared = await run(["prepare", "newest"], "verify-full", "ca.pem");
    expect(prepared.said).toMatch(/^The backup \S+ is restored into nexus_restore_1 and verified: 1 tables, 1 rows/);
    const id = /^The backup (\S+)/.exec(prepared.said)?.[1] ?? "";
    expect(await run(["switch", id], "verify-full", "ca.pem")).toMatchObject({ code: 0 });
    expect(await query("select text from kernel.notes")).toEqual([{ text: "one" }]);
  });

  it.each([
    ["verify-full", "stranger.pem", "localhost", UNKNOWN],
    ["verify-full", null, "localhost", UNKNOWN],
    ["verify-full", "ca.pem", "127.0.0.1", "has a certificate for another name (DATABASE_HOST"],
    ["disable", null, "localhost", "asks for TLS (DATABASE_SSLMODE)"],
  ])("with sslmode %s, authorities %s and the host %s is refused", async (mode, ca, host, problem) => {
    const { code, said } = await run(["backup"], mode, ca, host);
    expect([code, said]).toEqual([1, expect.stringContaining(problem)]);
  });

  it.each([
    ["require", null, "127.0.0.1"],
    ["verify-ca", "ca.pem", "127.0.0.1"],
  ])("with sslmode %s and authorities %s need not have the name %s", async (mode, ca, host) => {
    expect(await run(["backup"], mode, ca, host)).toMatchObject({ code: 0 });
  });
});

it("A41: pg_dump trusts the same authorities as the driver, those of Node.js where there are no others", () => {
  const ofFile = (variables: Record<string, string>) => readFileSync(variables.PGSSLROOTCERT ?? "", "utf8");
  expect(ofFile(libpqTls({ mode: "verify-full", ca: "-- a certificate --" }))).toBe("-- a certificate --");
  expect(ofFile(libpqTls({ mode: "verify-ca", ca: undefined }))).toContain(rootCertificates[0]);
  expect(libpqTls({ mode: "require", ca: undefined })).toEqual({ PGSSLMODE: "require" });
});
