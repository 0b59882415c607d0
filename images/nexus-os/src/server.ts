import { loadEnvOrExit, runService } from "@nexus/service";
import { nexusOsEnv } from "./env";
import { buildNexusOs } from "./nexus-os";
import { SERVICE } from "./service-name";

const env = loadEnvOrExit(nexusOsEnv);

runService(SERVICE, env, async ({ log, stopping, stopWith }) => {
  const nexusOs = await buildNexusOs({ env, log, readiness: { shutdown: stopping } });
  stopWith({
    steps: [
      { name: "let answers end", run: () => nexusOs.ai.drain(env.SHUTDOWN_ANSWERS_MS) },
      { name: "close the HTTP server", run: () => nexusOs.app.close() },
      { name: "report denied requests, close redis", run: () => nexusOs.close() },
    ],
  });
  const address = await nexusOs.app.listen({ host: env.HTTP_HOST, port: env.HTTP_PORT });
  const { port } = new URL(address);
  log.info({ port: Number(port) }, `listening on port ${port}`);
});
