import { loadEnvOrExit, runService, waitForDatabase } from "@nexus/service";
import { buildBackend } from "./backend";
import { backendEnv } from "./env";
import { SERVICE } from "./service-name";

const env = loadEnvOrExit(backendEnv);

runService(SERVICE, env, async ({ log, stopping, stopWith }) => {
  const connecting = new AbortController();
  const backend = await buildBackend({ env, log, readiness: { shutdown: stopping } });
  stopWith({
    steps: [
      { name: "stop waiting for the database", run: () => connecting.abort() },
      { name: "close the HTTP server", run: () => backend.app.close() },
      { name: "close database and redis", run: () => backend.close() },
    ],
  });
  const address = await backend.app.listen({ host: env.HTTP_HOST, port: env.HTTP_PORT });
  const { port } = new URL(address);
  log.info({ port: Number(port) }, `listening on port ${port}`);
  await waitForDatabase(backend.database, env, log, { signal: connecting.signal });
});
