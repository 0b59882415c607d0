import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readFile, open } from "node:fs/promises";
import type { LookupFunction } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildBundle } from "@nexus/testkit/bundle";
import { openDatabase, type TestDatabase } from "@nexus/testkit/database";
import { captureLog } from "@nexus/testkit/log-capture";
import { startRedis } from "@nexus/testkit/redis";
import { end, freePort, remove, scratchDirectory, waitFor } from "@nexus/testkit/server-process";
import { sharedArtefact } from "@nexus/testkit/shared-artefact";
import { type BackendOptions, buildBackend } from "../../graphstudio-backend/src/backend";
import { backendEnv } from "../../graphstudio-backend/src/env";
import { startFront } from "./front";

const ROOT = join(__dirname, "../../..");
const HOST = "127.0.0.1";

/** The cluster that the studio itself runs in, once it has started. */
export type OwnCluster = () => Promise<BackendOptions["ownCluster"]>;

/** Environment variables of kernel and backend, by the address of the studio. */
export type Settings = (url: string) => Promise<Readonly<Record<string, string>>>;

export interface StudioWorld {
  /** The address that a person opens. */
  readonly url: string;
  /** Ends the kernel as Kubernetes does. */
  readonly stopKernel: () => Promise<void>;
  readonly startKernel: () => Promise<void>;
  /** Runs the program that makes somebody an administrator of the platform. */
  readonly platformAdmin: (...args: readonly string[]) => Promise<void>;
  readonly query: TestDatabase["query"];
  readonly stop: () => Promise<void>;
}

/** The studio as its image builds it, readable by the user that nginx runs as; built once per run. */
async function buildStudio(): Promise<string> {
  const vite = join(ROOT, "node_modules/vite/bin/vite.js");
  const made = await sharedArtefact("studio", async (outDir) => {
    const args = [vite, "build", "--outDir", outDir, "--emptyOutDir", "--logLevel", "error"];
    const env = { ...process.env, NODE_ENV: "production" };
    await promisify(execFile)(process.execPath, args, { cwd: join(__dirname, ".."), env });
  });
  if (made === undefined) throw new Error("The studio is built for the test files of a run, and this is none.");
  return made;
}

/**
 * Kernel and backend as processes of their bundles, with Postgres, Redis, and the real nginx and studio in front.
 * @param lookup of the API servers of clusters; with it the backend runs in this process
 */
export async function startStudioWorld(
  settings: Settings = async () => ({}),
  lookup?: LookupFunction,
  ownCluster: OwnCluster = async () => undefined,
): Promise<StudioWorld> {
  const [studio, scratch, kernelBundle, backendBundle, database, redis] = await Promise.all([
    buildStudio(),
    scratchDirectory("studio"),
    buildBundle("workspace-kernel"),
    buildBundle("graphstudio-backend"),
    openDatabase(),
    startRedis(),
  ]);
  const [kernelPort, socketPort, backendPort] = [await freePort(), await freePort(), await freePort()];
  const frontPort = await freePort();
  const url = `http://${HOST}:${frontPort}`;
  const more = await settings(url);
  const stores = Object.entries({ ...database.settings, ...redis.settings });
  const common = {
    PATH: process.env.PATH,
    NODE_PATH: join(ROOT, "node_modules"),
    HTTP_HOST: HOST,
    JWT_SECRET_KEY: "a-signing-key-of-the-studio-tests-1234",
    SHUTDOWN_DRAIN_MS: "0",
    ...Object.fromEntries(stores.map(([key, value]) => [key, String(value)])),
    ...more,
  };
  const output = await open(join(scratch, "output"), "a");
  const launch = (file: string, env: Record<string, string>, args: readonly string[] = []) =>
    spawn(process.execPath, [file, ...args], { env: { ...common, ...env }, stdio: ["ignore", output.fd, output.fd] });
  const ready = (port: number) =>
    waitFor("the service is ready", async () => {
      const answer = await fetch(`http://${HOST}:${port}/ready`);
      if (!answer.ok) throw new Error(await answer.text());
    }).catch(async (error: unknown) => {
      throw new Error(await readFile(join(scratch, "output"), "utf8"), { cause: error });
    });
  const run = async (file: string, args: readonly string[] = []) => {
    const child = launch(file, {}, args);
    const code = await new Promise((resolve) => child.once("exit", resolve));
    if (code !== 0) throw new Error(await readFile(join(scratch, "output"), "utf8"));
  };

  const startBackend = async (): Promise<() => Promise<void>> => {
    const port = { HTTP_PORT: String(backendPort) };
    if (!lookup) {
      const child = launch(join(backendBundle, "server.js"), port);
      return () => end(child, "SIGTERM");
    }
    const { log } = captureLog("graphstudio-backend");
    const converterFile = join(backendBundle, "convert-worker.js");
    const env = backendEnv.parse({ ...common, ...port });
    const own = await ownCluster();
    const backend = await buildBackend({ env, log, lookup, converterFile, ...(own && { ownCluster: own }) });
    await backend.app.listen({ host: HOST, port: backendPort });
    return async () => {
      await backend.app.close();
      await backend.close();
    };
  };

  await Promise.all([kernelBundle, backendBundle].map((bundle) => run(join(bundle, "migrate.js"))));
  let kernel: ChildProcess;
  const startKernel = async () => {
    const ports = { HTTP_PORT: String(kernelPort), WS_PORT: String(socketPort) };
    const keys = { API_KEYS_URL: `http://${HOST}:${backendPort}` };
    const quick = { WORKER_THREADS: "1", MIN_INSTANCES: "1", CACHE_DIR: join(scratch, "cache") };
    kernel = launch(join(kernelBundle, "server.js"), { ...ports, ...keys, ...quick });
    await ready(kernelPort);
  };
  const stopBackend = await startBackend();
  const [front] = await Promise.all([
    startFront({
      HTTP_PORT: String(frontPort),
      KERNEL_URL: `http://${HOST}:${kernelPort}`,
      KERNEL_WS_URL: `http://${HOST}:${socketPort}`,
      BACKEND_URL: `http://${HOST}:${backendPort}`,
      APP_ROOT: studio,
    }),
    startKernel(),
    ready(backendPort),
  ]);
  const stopKernel = () => end(kernel, "SIGTERM");
  return {
    url,
    startKernel,
    stopKernel,
    platformAdmin: (...args) => run(join(backendBundle, "platform-admin.js"), args),
    query: (sql) => database.query(sql),
    stop: async () => {
      await Promise.all([stopKernel(), stopBackend(), front.stop()]);
      await Promise.all([database.stop(), redis.stop(), output.close()]);
      await Promise.all([scratch, kernelBundle, backendBundle].map(remove));
    },
  };
}
