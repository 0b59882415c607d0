import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { existsSync } from "node:fs";
import { chown, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** The database servers refuse to run as root; "nobody" owns nothing else. */
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

/** Below the ports that a system gives to port 0 and to clients (from 32768 on Linux), and below Kubernetes' node ports. */
const PORTS = { first: 20_000, count: 10_000 };

/**
 * A TCP port of 127.0.0.1 that nothing listens on and that no other call gets, in whatever process, until this process ends.
 * Servers that cannot be told "any port" need that: between asking for a free port and listening on it, others ask too.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + randomInt(PORTS.count);
    if ((await reserve(port)) && (await isFree(port))) return port;
  }
}

/** The UDP port of the same number stands for the reservation: the system gives it to one process and takes it back at its end. */
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

/** Starts a server; what it prints is kept for the message of a failed start. */
export function launch(
  program: string,
  args: readonly string[],
  cwd: string,
): { child: ChildProcess; output: () => string } {
  const child = spawn(program, args, { cwd, env: serverEnvironment(), stdio: ["ignore", "pipe", "pipe"], ...identity });
  let output = "";
  const collect = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-4000);
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  return { child, output: () => output };
}

/** Ends a server and waits until it has ended. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await exited;
}

/** Tries until it works; fails with the last reason when the time is over. */
export async function waitFor<T>(what: string, attempt: () => Promise<T>, timeoutMs = 10_000): Promise<T> {
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
