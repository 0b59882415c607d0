import { createLogger, createShutdown, loadEnvOrExit, startTracing } from "@nexus/service";
import { nexusOsEnv } from "./env";
import { buildNexusOs } from "./nexus-os";
import { SERVICE } from "./service-name";

async function main(): Promise<void> {
  const env = loadEnvOrExit(nexusOsEnv);
  const log = createLogger({ service: SERVICE, level: env.LOG_LEVEL, pretty: env.LOG_PRETTY });
  log.info({ version: env.SERVICE_VERSION, pod: env.POD_NAME }, "starting");
  const stopTracing = await startTracing(env, SERVICE, log);
  const nexusOs = await buildNexusOs({ env, log, readiness: { shutdown: () => shutdown.check() } });
  const shutdown = createShutdown({
    log,
    drainMs: env.SHUTDOWN_DRAIN_MS,
    timeoutMs: env.SHUTDOWN_TIMEOUT_MS,
    steps: [
      { name: "let answers end", run: () => nexusOs.ai.drain(env.SHUTDOWN_ANSWERS_MS) },
      { name: "close the HTTP server", run: () => nexusOs.app.close() },
      { name: "close redis", run: () => nexusOs.close() },
      { name: "send the last traces", run: stopTracing },
    ],
  });
  shutdown.listen();
  const address = await nexusOs.app.listen({ host: env.HTTP_HOST, port: env.HTTP_PORT });
  const { port } = new URL(address);
  log.info({ port: Number(port) }, `listening on port ${port}`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
