import { spawn } from "node:child_process";
import { chmod, cp, mkdir, open, readFile, writeFile } from "node:fs/promises";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import {
  end,
  findProgram,
  freePort,
  identity,
  remove,
  scratchDirectory,
  serverEnvironment,
  waitFor,
} from "@nexus/testkit/server-process";

const NGINX_FILES = join(__dirname, "../nginx");

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface Front {
  readonly port: number;
  readonly ask: (path: string, options?: AskOptions) => Promise<Answer>;
  /** All output so far, each line parsed; a line that is not JSON fails the test. */
  readonly lines: () => Promise<Record<string, unknown>[]>;
  readonly printed: () => Promise<string>;
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
}

/** Sends the path exactly as given; fetch would normalise it. */
export function ask(port: number, path: string, options: AskOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = "GET", headers } = options;
    const request = httpRequest({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    request.on("error", reject).end(options.body);
  });
}

async function writeApp(root: string): Promise<void> {
  await mkdir(join(root, "assets"), { recursive: true });
  await writeFile(join(root, "index.html"), "<!doctype html><title>Nexus Studio</title>");
  await writeFile(join(root, "assets/app-1a2b.js"), "export {};");
  await writeFile(join(root, "assets/app-1a2b.js.gz"), "packed");
}

/**
 * Runs the entrypoint of the image with a real nginx, not as root, until it exits.
 * @param changed the configuration with shorter times
 */
export async function spawnFront(env: Record<string, string>, changed = (configuration: string) => configuration) {
  const nginx = process.env.NEXUS_TEST_NGINX_BIN ?? (await findProgram("nginx", "NEXUS_TEST_NGINX_BIN to its path"));
  const directory = await scratchDirectory("front");
  await chmod(directory, 0o755);
  const appRoot = join(directory, "app");
  await writeApp(appRoot);
  // A copy, because the user that nginx runs as may not enter the folder of the clone, such as root's home.
  const files = join(directory, "nginx");
  await cp(NGINX_FILES, files, { recursive: true });
  const configuration = join(files, "nginx.conf");
  await writeFile(configuration, changed(await readFile(configuration, "utf8")));
  // A file and not a pipe: nginx opens /dev/stdout by name, which the sockets of a child process do not allow.
  const output = join(directory, "output");
  const file = await open(output, "a");
  await chmod(output, 0o666);
  const child = spawn("sh", [join(files, "entrypoint.sh")], {
    cwd: directory,
    env: { ...serverEnvironment(), NGINX_BIN: nginx, RUN_DIR: join(directory, "run"), APP_ROOT: appRoot, ...env },
    stdio: ["ignore", file.fd, file.fd],
    ...identity,
  });
  const printed = () => readFile(output, "utf8");
  const cleanUp = async () => {
    await file.close();
    await remove(directory);
  };
  return { child, printed, cleanUp };
}

export async function startFront(
  env: Record<string, string>,
  changed?: (configuration: string) => string,
): Promise<Front> {
  const port = Number(env.HTTP_PORT ?? (await freePort()));
  const { child, printed, cleanUp } = await spawnFront({ ...env, HTTP_PORT: String(port) }, changed);
  await waitFor("nginx answers", () => ask(port, "/-/alive")).catch(async (error: unknown) => {
    throw new Error(`nginx did not start: ${await printed()}`, { cause: error });
  });
  const lines = async () =>
    (await printed())
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const stop = async (signal: NodeJS.Signals = "SIGQUIT") => {
    await end(child, signal);
    await cleanUp();
    return child.exitCode;
  };
  return { port, ask: (path, options) => ask(port, path, options), lines, printed, stop };
}
