import { join } from "node:path";
import { createLogger, createShutdown, endKeepAlive, loadEnvOrExit, startTracing } from "@nexus/service";
import { kernelEnv } from "./env";
import { repeat } from "./heartbeat";
import { buildKernel } from "./kernel";
import { SERVICE } from "./service-name";

const PRUNE_MS = 3_600_000;

async function main(): Promise<void> {
  const env = loadEnvOrExit(kernelEnv);
  const log = createLogger({ service: SERVICE, level: env.LOG_LEVEL, pretty: env.LOG_PRETTY });
  log.info({ version: env.SERVICE_VERSION, pod: env.POD_NAME }, "starting");
  const connecting = new AbortController();
  const tasks: { stop: () => Promise<void> }[] = [];
  const stopTracing = await startTracing(env, SERVICE, log);
  const kernel = await buildKernel({
    env,
    log,
    workerFile: join(__dirname, "worker.js"),
    wasmFile: join(__dirname, "quickjs.wasm"),
    readiness: { shutdown: () => shutdown.check() },
  });
  const shutdown = createShutdown({
    log,
    drainMs: env.SHUTDOWN_DRAIN_MS,
    timeoutMs: env.SHUTDOWN_TIMEOUT_MS,
    onStop: () => endKeepAlive(kernel.app),
    steps: [
      { name: "stop waiting for the database", run: () => connecting.abort() },
      {
        name: "hand workspaces over and let answers end",
        run: () => Promise.all([kernel.holder.drain(), kernel.ai?.drain(env.SHUTDOWN_ANSWERS_MS)]),
      },
      { name: "stop background tasks", run: () => Promise.all(tasks.map((task) => task.stop())) },
      { name: "close sockets", run: () => kernel.panels.close() },
      { name: "close the HTTP server", run: () => kernel.app.close() },
      { name: "close sandboxes and database", run: () => kernel.close() },
      { name: "send the last traces", run: stopTracing },
    ],
  });
  shutdown.listen();
  const address = await kernel.app.listen({ host: env.HTTP_HOST, port: env.HTTP_PORT });
  const httpPort = Number(new URL(address).port);
  kernel.setUrl(`http://${env.POD_IP}:${httpPort}`);
  log.info({ port: httpPort }, `listening on port ${httpPort}`);
  const wsPort = await kernel.panels.listen(env.HTTP_HOST, env.WS_PORT);
  log.info({ port: wsPort }, `listening on port ${wsPort} for WebSockets`);
  await kernel.stores.connect(connecting.signal);
  if (connecting.signal.aborted) return;
  tasks.push(repeat("heartbeat", env.LEASE_MS / 3, () => kernel.holder.heartbeat(), log));
  const idleCheckMs = Math.min(30_000, env.IDLE_WORKSPACE_TIMEOUT_MS / 2);
  tasks.push(repeat("idle check", idleCheckMs, () => kernel.holder.unloadIdle(), log));
  tasks.push(repeat("forget idempotency keys", PRUNE_MS, () => kernel.stores.idempotency.prune(), log));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
