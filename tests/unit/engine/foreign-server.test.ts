import * as pulumi from "@pulumi/pulumi";
import type { DatabaseConnection } from "@nexus/contract";
import { makeCertificate } from "@nexus/testkit/certificate";
import { queryWith, startPostgres, type TestPostgres } from "@nexus/testkit/postgres";
import { checkForeignServer } from "../../../components/data-tier/foreign-server";

let server: TestPostgres;
let plain: TestPostgres;
let authority: string;
let stranger: string;

beforeAll(async () => {
  const [certificate, other] = await Promise.all([makeCertificate("localhost"), makeCertificate("localhost")]);
  [authority, stranger] = [certificate.certificate, other.certificate];
  [server, plain] = await Promise.all([startPostgres({ certificate }), startPostgres()]);
  const administer = (text: string) => queryWith({ ...server.settings, DATABASE_NAME: "postgres" }, text);
  await administer("create role app login password 'app-password'");
  await administer("alter database nexus owner to app");
  await administer("create database bare");
});
afterAll(() => Promise.all([server, plain].map((one) => one?.stop())));

let said: { infos: string[]; warnings: string[] };
beforeEach(() => {
  said = { infos: [], warnings: [] };
  jest.spyOn(pulumi.log, "info").mockImplementation(async (text) => void said.infos.push(text));
  jest.spyOn(pulumi.log, "warn").mockImplementation(async (text) => void said.warnings.push(text));
});
afterEach(() => jest.restoreAllMocks());

const connection = (changes: Partial<DatabaseConnection> = {}): DatabaseConnection => ({
  host: "localhost",
  port: server.settings.DATABASE_PORT,
  name: "nexus",
  user: "app",
  sslMode: "verify-full",
  ca: authority,
  caSecret: null,
  peer: { kind: "internet" },
  ...changes,
});

const check = (changes: Partial<DatabaseConnection> = {}, password = "app-password", backupImage = "postgres:15.1") =>
  checkForeignServer({ connection: connection(changes), password: pulumi.secret(password), backupImage });

/** The problems of a check that fails. */
const refusal = async (...args: Parameters<typeof check>) =>
  String(
    await check(...args).then(
      () => "nothing is wrong",
      (error: Error) => error.message,
    ),
  );

const CONFIG = `pulumi config set --stack ${pulumi.getStack()}`;
const SUBJECT = "The database of nexus:databaseUrl cannot be used. Nothing was changed:";

describe("X9: the server of somebody else, before anything is written", () => {
  it("is accepted over a connection that checks it", async () => {
    await check();
    expect(said).toEqual({ infos: [], warnings: [] });
  });

  it("is named with the problem and the fix", async () => {
    const where = `localhost:${server.settings.DATABASE_PORT}`;
    const url = `${CONFIG} --secret nexus:databaseUrl <url>`;
    const message = await refusal({}, "wrong");
    expect(message).toContain(SUBJECT);
    expect(message).toContain(`${where}: the password of app is wrong. Fix: ${url}`);
    expect(message).not.toContain("wrong-password");
    expect(await refusal({ name: "nowhere" })).toContain(
      `${where}: there is no database nowhere. Fix: create it on that server, or: ${url}`,
    );
    expect(await refusal({ name: "bare" })).toContain(
      `${where}: the role app may not create schemas in the database bare. Fix: on that server, run: grant create`,
    );
  });

  it("A41: is refused with the certificate of another authority or for another name, and without TLS", async () => {
    expect(await refusal({ ca: stranger })).toContain(
      `the certificate is not of a trusted authority (self-signed certificate). Fix: ${CONFIG} --path nexus:postgres.caCertificate "$(cat ca.pem)"`,
    );
    expect(await refusal({ host: "127.0.0.1" })).toContain(
      "the certificate is for another name. Fix: use a name in it",
    );
    expect(await refusal({ port: plain.settings.DATABASE_PORT })).toContain("the server offers no TLS. Fix:");
  });

  it("is left to the migration Job if this machine does not reach it, or is not admitted", async () => {
    await check({ port: 1 });
    await check({ sslMode: "disable", ca: null });
    expect(said.infos).toEqual([
      expect.stringMatching(
        /^The database localhost:1 was not checked from this machine \(.*ECONNREFUSED.*\)\. The migration/,
      ),
      expect.stringContaining("no pg_hba.conf entry"),
    ]);
  });

  it("is not asked at a name that only pods know", async () => {
    await check({ host: "db.data.svc", peer: { kind: "namespace", name: "data" } });
    expect(said.infos).toEqual([]);
  });

  it("is warned of if it is newer than the programs that back it up", async () => {
    await check({}, "app-password", "docker.io/library/postgres:14.9-bookworm@sha256:0123");
    expect(said.warnings).toEqual([
      "The database server is PostgreSQL 15, and backups by pg_dump 14 of nexus:postgres.image will fail. " +
        "Fix: set nexus:postgres.image to an image of PostgreSQL 15, or nexus:postgres.backup to null.",
    ]);
  });
});
