import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { databaseSettings, redisSettings } from "@nexus/contract";
import { createPool, createRedis, EnvError, envSchema, explainDatabaseError, isConnectionError, loadEnv } from "../src";
import { makeCertificate } from "@nexus/testkit/certificate";
import { captureLog } from "@nexus/testkit/log-capture";
import { openDatabase, type TestDatabase } from "@nexus/testkit/database";
import { startPostgres, type TestPostgres } from "@nexus/testkit/postgres";
import { startRedis, type TestRedis } from "@nexus/testkit/redis";
import { waitFor } from "@nexus/testkit/server-process";

let directory: string;
let postgres: TestPostgres;
let plain: TestDatabase;
let redis: TestRedis;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "nexus-tls-"));
  const [server, stranger] = await Promise.all([makeCertificate("localhost"), makeCertificate("localhost")]);
  writeFileSync(join(directory, "ca.pem"), server.certificate);
  writeFileSync(join(directory, "stranger.pem"), stranger.certificate);
  [postgres, plain, redis] = await Promise.all([
    startPostgres({ certificate: server }),
    openDatabase(),
    startRedis(server),
  ]);
});
afterAll(async () => {
  await Promise.all([postgres, plain, redis].map((server) => server?.stop()));
  rmSync(directory, { recursive: true });
});

const texts = (settings: object) =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));

/** The TLS version of a connection, "plain", or what is wrong. */
async function connect(server: TestDatabase, mode: string, host: string, ca?: string): Promise<string> {
  const env = loadEnv(envSchema(databaseSettings), {
    ...texts(server.settings),
    DATABASE_HOST: host,
    DATABASE_SSLMODE: mode,
    ...(ca ? { DATABASE_SSLROOTCERT: join(directory, ca) } : {}),
  });
  const pool = createPool(env, captureLog("demo").log);
  try {
    const { rows } = await pool.query("select version from pg_stat_ssl where pid = pg_backend_pid()");
    return (rows as { version: string | null }[])[0]?.version ?? "plain";
  } catch (error) {
    expect(isConnectionError(error)).toBe(true);
    return explainDatabaseError(error, env).replace(/^\S+ /, "");
  } finally {
    await pool.end();
  }
}

const UNKNOWN = /^has a certificate of an unknown authority \(DATABASE_SSLROOTCERT\): /;
const OTHER_NAME = /^has a certificate for another name \(DATABASE_HOST, or DATABASE_SSLMODE verify-ca\)$/;

test.each([
  ["disable", "localhost", undefined, /^asks for TLS \(DATABASE_SSLMODE\)$/],
  ["require", "127.0.0.1", undefined, /^TLSv1\.3$/],
  ["require", "127.0.0.1", "ca.pem", /^TLSv1\.3$/],
  ["require", "localhost", "stranger.pem", UNKNOWN],
  ["verify-ca", "127.0.0.1", "ca.pem", /^TLSv1\.3$/],
  ["verify-ca", "localhost", "stranger.pem", UNKNOWN],
  ["verify-full", "localhost", "ca.pem", /^TLSv1\.3$/],
  ["verify-full", "127.0.0.1", "ca.pem", OTHER_NAME],
  ["verify-full", "localhost", "stranger.pem", UNKNOWN],
  ["verify-full", "localhost", undefined, UNKNOWN],
])("D3: DATABASE_SSLMODE %s at %s with authority %s", async (mode, host, ca, expected) => {
  expect(await connect(postgres, mode, host, ca)).toMatch(expected);
});

test("an authority that was renewed is used by the next connection, because the file is read again", async () => {
  const file = join(directory, "renewed.pem");
  writeFileSync(file, readFileSync(join(directory, "stranger.pem")));
  const settings = { ...texts(postgres.settings), DATABASE_HOST: "localhost", DATABASE_SSLMODE: "verify-full" };
  const env = loadEnv(envSchema(databaseSettings), { ...settings, DATABASE_SSLROOTCERT: file });
  const pool = createPool(env, captureLog("demo").log);
  try {
    const refused = await pool.query("select 1").catch((error: unknown) => error);
    expect(explainDatabaseError(refused, env)).toContain("has a certificate of an unknown authority");
    writeFileSync(file, readFileSync(join(directory, "ca.pem")));
    expect((await pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  } finally {
    await pool.end();
  }
});

test("a server without TLS is used in plain text only if that is configured", async () => {
  expect(await connect(plain, "disable", "127.0.0.1")).toBe("plain");
  expect(await connect(plain, "require", "127.0.0.1")).toBe("does not offer TLS (DATABASE_SSLMODE)");
});

test("D13: a mode that may fall back to plain text and a file that cannot be read are refused", () => {
  const settings = { DATABASE_PASSWORD: "pw", DATABASE_SSLMODE: "prefer", DATABASE_SSLROOTCERT: "/nowhere/ca.pem" };
  const problems = () => loadEnv(envSchema({ ...databaseSettings, ...redisSettings }), settings);
  expect(problems).toThrow(EnvError);
  expect(problems).toThrow('DATABASE_SSLMODE: "prefer" is wrong; give disable, require, verify-ca or verify-full');
  expect(problems).toThrow(
    'DATABASE_SSLROOTCERT: "/nowhere/ca.pem" is wrong; give the path of a readable file with the database\'s certificate authorities in PEM',
  );
});

async function ping(host: string, settings: Record<string, string>): Promise<string> {
  const env = loadEnv(envSchema(redisSettings), { ...texts(redis.settings), REDIS_HOST: host, ...settings });
  const { log, lines } = captureLog("demo");
  const { client, close } = createRedis(env, log, "nothing is kept");
  try {
    return await waitFor("Redis answers or fails", async () => {
      if (client.status === "ready") return await client.ping();
      const [failed] = lines.filter(({ level }) => level === "warn");
      if (!failed) throw new Error("nothing has happened yet");
      return String((failed.error as { code?: string } | undefined)?.code ?? "closed");
    });
  } finally {
    close();
  }
}

test("REDIS_TLS encrypts, and the certificate and its name are checked", async () => {
  const ca = { REDIS_TLS: "true", REDIS_TLS_CA_FILE: join(directory, "ca.pem") };
  expect(await ping("localhost", ca)).toBe("PONG");
  expect(await ping("127.0.0.1", ca)).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  expect(await ping("localhost", { REDIS_TLS: "true" })).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
  expect(await ping("localhost", {})).not.toBe("PONG");
});
