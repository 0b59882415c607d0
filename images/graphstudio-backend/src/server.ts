import { createLogger, createShutdown, loadEnvOrExit, startTracing, waitForDatabase } from "@nexus/service";
import { buildBackend } from "./backend";
import { backendEnv } from "./env";
import { SERVICE } from "./service-name";

async function main(): Promise<void> {
  const env = loadEnvOrExit(backendEnv);
  const log = createLogger({ service: SERVICE, level: env.LOG_LEVEL, pretty: env.LOG_PRETTY });
  log.info({ version: env.SERVICE_VERSION, pod: env.POD_NAME }, "starting");
  const connecting = new AbortController();
  const stopTracing = await startTracing(env, SERVICE, log);
  const backend = await buildBackend({ env, log, readiness: { shutdown: () => shutdown.check() } });
  const shutdown = createShutdown({
    log,
    drainMs: env.SHUTDOWN_DRAIN_MS,
    timeoutMs: env.SHUTDOWN_TIMEOUT_MS,
    steps: [
      { name: "stop waiting for the database", run: () => connecting.abort() },
      { name: "close the HTTP server", run: () => backend.app.close() },
      { name: "close database and redis", run: () => backend.close() },
      { name: "send the last traces", run: stopTracing },
    ],
  });
  shutdown.listen();
  const address = await backend.app.listen({ host: env.HTTP_HOST, port: env.HTTP_PORT });
  const { port } = new URL(address);
  log.info({ port: Number(port) }, `listening on port ${port}`);
  await waitForDatabase(backend.database, env, log, { signal: connecting.signal });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
