import { type ChildProcess, spawn } from "node:child_process";
import { pipeline } from "node:stream/promises";
import { errorCode } from "@nexus/service";
import { BackupError } from "./backup-error";
import { libpqTls, type ServerTls } from "./server-tls";

/** How libpq finds a server. */
export interface Server {
  /** Host name, or the folder of its socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly tls: ServerTls;
}

/** The password is in the environment, because everybody on the node can read the arguments of a process. */
function environment({ host, port, user, password, database, tls }: Server): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    ...libpqTls(tls),
    PGCONNECT_TIMEOUT: "10",
    LC_ALL: "C",
  };
}

/** Waits for the end of a program. @throws BackupError with the last lines of its errors unless it succeeds */
async function succeeds(name: string, child: ChildProcess): Promise<void> {
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once("error", (error) =>
      reject(
        errorCode(error) === "ENOENT"
          ? new BackupError(`There is no program ${name}. Fix: nexus:postgres.image must be an image of PostgreSQL.`)
          : error,
      ),
    );
    child.once("close", (status, signal) => resolve(status ?? signal ?? "unknown"));
  });
  const lines = said.trim().split("\n").slice(-3).join(" ");
  if (code !== 0) throw new BackupError(`${name} failed (${code}): ${lines || "it said nothing"}`);
}

/** Runs a program to its end. @returns what it printed */
export async function run(name: string, args: readonly string[], server?: Server): Promise<string> {
  const child = spawn(name, args, {
    env: server ? environment(server) : { ...process.env, LC_ALL: "C" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  await succeeds(name, child);
  return out;
}

/** What a program prints. It ends with an error if the program fails, so half an output never looks whole. */
export async function* outputOf(name: string, args: readonly string[], server: Server): AsyncIterable<Uint8Array> {
  const child = spawn(name, args, { env: environment(server), stdio: ["ignore", "pipe", "pipe"] });
  const end = succeeds(name, child);
  end.catch(() => undefined);
  try {
    for await (const chunk of child.stdout) yield chunk as Uint8Array;
    await end;
  } finally {
    child.kill();
  }
}

/** Errors of an input that its program closed. */
const CLOSED = ["EPIPE", "ERR_STREAM_PREMATURE_CLOSE", "ECONNRESET"];

/** Gives a program its input. */
export async function feed(
  name: string,
  args: readonly string[],
  server: Server,
  input: AsyncIterable<Uint8Array>,
): Promise<void> {
  const child = spawn(name, args, { env: environment(server), stdio: ["pipe", "ignore", "pipe"] });
  const [written, end] = await Promise.allSettled([pipeline(input, child.stdin), succeeds(name, child)]);
  // A program that fails closes its input, and then its own message is the cause.
  if (written.status === "rejected" && !CLOSED.includes(errorCode(written.reason))) throw written.reason;
  if (end.status === "rejected") throw end.reason;
}

/** Major version of a program of PostgreSQL. */
export async function majorOf(name: string): Promise<number> {
  const text = await run(name, ["--version"]);
  const [, major] = /\(PostgreSQL\) (\d+)/.exec(text) ?? [];
  if (major === undefined) throw new BackupError(`${name} does not say its version: ${text.trim()}`);
  return Number(major);
}
