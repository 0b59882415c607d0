import { join } from "node:path";
import { endKeepAlive, loadEnvOrExit, runService } from "@nexus/service";
import { kernelEnv } from "./env";
import { repeat } from "./heartbeat";
import { buildKernel } from "./kernel";
import { SERVICE } from "./service-name";

const PRUNE_MS = 3_600_000;
const END_STOPPED_MS = 1000;
const ERASE_MS = 15_000;
const DRILL_MS = 60_000;

const env = loadEnvOrExit(kernelEnv);

runService(SERVICE, env, async ({ log, stopping, stopWith }) => {
  const connecting = new AbortController();
  const tasks: { stop: () => Promise<void> }[] = [];
  const kernel = await buildKernel({
    env,
    log,
    workerFile: join(__dirname, "worker.js"),
    wasmFile: join(__dirname, "quickjs.wasm"),
    readiness: { shutdown: stopping },
  });
  stopWith({
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
    ],
  });
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
  tasks.push(repeat("end stopped tenants", END_STOPPED_MS, () => kernel.stopped.end(), log));
  tasks.push(repeat("erase deleted tenants", ERASE_MS, () => kernel.stopped.erase(), log));
  const showDrill = async () => kernel.drillMetrics.show(await kernel.stores.drills.last());
  tasks.push(repeat("look at the last drill of the backups", DRILL_MS, showDrill, log));
  tasks.push(repeat("forget old reservations of storage", PRUNE_MS, () => kernel.stores.usage.prune(), log));
  tasks.push(repeat("forget old running times", PRUNE_MS, () => kernel.stores.times.prune(), log));
  tasks.push(repeat("forget idempotency keys", PRUNE_MS, () => kernel.stores.idempotency.prune(), log));
});
