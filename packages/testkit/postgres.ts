import { execFile } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import type { ServerCertificate } from "./certificate";
import {
  end,
  findProgram,
  freePort,
  identity,
  launch,
  remove,
  scratchDirectory,
  serverEnvironment,
  waitFor,
  writeOwned,
} from "./server-process";

const run = promisify(execFile);
const PASSWORD = "postgres-test-password";

/** Settings with which the services reach the server. */
export interface DatabaseSettings {
  readonly DATABASE_HOST: string;
  readonly DATABASE_PORT: number;
  readonly DATABASE_NAME: string;
  readonly DATABASE_USER: string;
  readonly DATABASE_PASSWORD: string;
  readonly DATABASE_POOL_SIZE: number;
}

export interface TestPostgres {
  readonly settings: DatabaseSettings;
  readonly pid: number | undefined;
  /** Folder of its files; `stop` removes it. */
  readonly directory: string;
  readonly query: (text: string) => Promise<Record<string, unknown>[]>;
  /** The last that it logged. */
  readonly log: () => string;
  /** Stops the server but keeps its data. */
  readonly halt: () => Promise<void>;
  /** Starts it again on the same port. */
  readonly resume: () => Promise<void>;
  /** Stops the server and removes its data. */
  readonly stop: () => Promise<void>;
}

async function programs(): Promise<{ initdb: string; postgres: string }> {
  const directory = process.env.NEXUS_TEST_POSTGRES_BIN;
  if (directory) return { initdb: join(directory, "initdb"), postgres: join(directory, "postgres") };
  const hint = "NEXUS_TEST_POSTGRES_BIN to the directory with initdb and postgres";
  return { initdb: await findProgram("initdb", hint), postgres: await findProgram("postgres", hint) };
}

/** The server's settings for a certificate, and access for connections with TLS only. */
async function tlsOptions(directory: string, data: string, { certificate, key }: ServerCertificate): Promise<string[]> {
  const files = [join(directory, "server.crt"), join(directory, "server.key"), join(data, "pg_hba.conf")] as const;
  await writeOwned(files[0], certificate);
  await writeOwned(files[1], key);
  await writeOwned(files[2], "hostssl all all all scram-sha-256\nhost postgres all all scram-sha-256\n");
  return ["ssl=on", `ssl_cert_file=${files[0]}`, `ssl_key_file=${files[1]}`];
}

export interface PostgresOptions {
  /** Makes the server offer TLS, and require it for the database `nexus`. */
  readonly certificate?: ServerCertificate;
  /**
   * Whether commits wait for the disk, as in production; tests need not.
   * @default false
   */
  readonly durable?: boolean;
}

/** Sends one query over a connection of its own, without TLS. */
export async function queryWith(settings: DatabaseSettings, text: string): Promise<Record<string, unknown>[]> {
  const { DATABASE_HOST: host, DATABASE_PORT: port, DATABASE_NAME: database } = settings;
  const client = new Client({ host, port, user: settings.DATABASE_USER, password: PASSWORD, database });
  await client.connect();
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

/** A PostgreSQL server of the test's own, with an empty database `nexus`. */
export async function startPostgres({ certificate, durable = false }: PostgresOptions = {}): Promise<TestPostgres> {
  const { initdb, postgres } = await programs();
  const directory = await scratchDirectory("postgres");
  const data = join(directory, "data");
  const passwordFile = join(directory, "password");
  await writeFile(passwordFile, PASSWORD);
  await chmod(passwordFile, 0o644);
  const access = ["--auth-local=trust", "--auth-host=scram-sha-256", `--pwfile=${passwordFile}`];
  const basics = ["-D", data, "-U", "nexus", "-E", "UTF8", "--locale=C"];
  const quick = ["--no-sync", "--no-instructions", "--wal-segsize=1"];
  await run(initdb, [...basics, ...quick, ...access], { cwd: directory, env: serverEnvironment(), ...identity });
  const port = await freePort();
  const settings: DatabaseSettings = {
    DATABASE_HOST: "127.0.0.1",
    DATABASE_PORT: port,
    DATABASE_NAME: "nexus",
    DATABASE_USER: "nexus",
    DATABASE_PASSWORD: PASSWORD,
    DATABASE_POOL_SIZE: 5,
  };
  const fast = durable ? [] : ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=16MB"];
  const tls = certificate ? await tlsOptions(directory, data, certificate) : [];
  const options = ["listen_addresses=127.0.0.1", `unix_socket_directories=${directory}`, "jit=off", ...fast, ...tls];
  const args = ["-D", data, "-p", String(port), ...options.flatMap((option) => ["-c", option])];

  const query = (text: string, database = "nexus") => queryWith({ ...settings, DATABASE_NAME: database }, text);

  let server = launch(postgres, args, directory);
  const ready = () =>
    waitFor("PostgreSQL answers", () => query("select 1", "postgres")).catch((error: unknown) => {
      throw new Error(`PostgreSQL did not start: ${server.output()}`, { cause: error });
    });
  await ready();
  await query("create database nexus", "postgres");
  return {
    settings,
    pid: server.child.pid,
    directory,
    query,
    log: () => server.output(),
    halt: () => end(server.child, "SIGINT"),
    resume: async () => {
      server = launch(postgres, args, directory);
      await ready();
    },
    stop: async () => {
      await end(server.child, "SIGQUIT");
      await remove(directory);
    },
  };
}
