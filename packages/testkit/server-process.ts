import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { existsSync } from "node:fs";
import { chown, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** The database servers refuse to run as root; the user "nobody" owns nothing else. */
const NOBODY = 65534;

export const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/** A directory the servers may write, removed by `remove`. */
export async function scratchDirectory(name: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `nexus-${name}-`));
  if (identity.uid !== undefined) await chown(directory, NOBODY, NOBODY);
  return directory;
}

/** Writes a file that only the servers may read. */
export async function writeOwned(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  if (identity.uid !== undefined) await chown(path, NOBODY, NOBODY);
}

export async function remove(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * Below the ports that a system uses for port 0 and for clients (from 32768 on Linux), and below Kubernetes' node
 * ports.
 */
const PORTS = { first: 20_000, count: 10_000 };

/**
 * A TCP port of 127.0.0.1 on which nothing listens and which no other call in any process gets until this process ends.
 * Servers without "any port" need this, because another process may take a free port between the search and the listen.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + randomInt(PORTS.count);
    if ((await reserve(port)) && (await isFree(port))) return port;
  }
}

/**
 * The UDP port of the same number is the reservation: the system gives it to one process, and frees it when that ends.
 */
async function reserve(port: number): Promise<boolean> {
  const socket = createSocket("udp4").unref();
  return await new Promise((resolve) => {
    socket.once("error", () => resolve(false)).bind(port, "127.0.0.1", () => resolve(true));
  });
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

export function serverEnvironment(): NodeJS.ProcessEnv {
  const libraries = process.env.NEXUS_TEST_LD_LIBRARY_PATH;
  return { PATH: process.env.PATH, LC_ALL: "C", ...(libraries ? { LD_LIBRARY_PATH: libraries } : {}) };
}

/** Finds a program: the directories of PATH, then Debian's directories of PostgreSQL, newest first. */
export async function findProgram(name: string, hint: string): Promise<string> {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? (await readdir(debian)).sort().reverse() : [];
  const directories = [
    ...(process.env.PATH ?? "").split(delimiter),
    ...versions.map((version) => join(debian, version, "bin")),
  ];
  const found = directories.map((directory) => join(directory, name)).find((path) => existsSync(path));
  if (!found) throw new Error(`The tests need ${name}, which is not on PATH. Install it or set ${hint}.`);
  return found;
}

/**
 * Starts a server; its output is kept for the error message of a failed start.
 * @param as user to run as
 */
export function launch(
  program: string,
  args: readonly string[],
  cwd: string,
  as: Readonly<Partial<typeof identity>> = identity,
): { child: ChildProcess; output: () => string } {
  const child = spawn(program, args, { cwd, env: serverEnvironment(), stdio: ["ignore", "pipe", "pipe"], ...as });
  let output = "";
  const collect = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-4000);
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  // Such as a program in the home of another user.
  child.once("error", ({ message }) => (output = message));
  return { child, output: () => output };
}

/** Ends a server and waits until it has ended. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await exited;
}

/** Repeats until it succeeds; fails with the last error when the time is over. */
export async function waitFor<T>(what: string, attempt: () => Promise<T>, timeoutMs = 60_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}
