import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { createLogger, createPool, migrate } from "@nexus/service";
import { buildBundle } from "@nexus/testkit/bundle";
import { startRedis } from "@nexus/testkit/redis";
import { createTokenSigner } from "@nexus/testkit/tokens";
import { buildBackend } from "../../images/graphstudio-backend/src/backend";
import { backendEnv } from "../../images/graphstudio-backend/src/env";
import { studioMigrations } from "../../images/graphstudio-backend/src/store/migrations";
import { createClient, KEY, startWorld, type World } from "../../images/workspace-kernel/test/harness";
import { runFuzzer, type FuzzRun } from "./schemathesis";

const SEED = 1;
/** A larger number finds more and takes longer: set it for a thorough check. */
const EXAMPLES = Number(process.env.NEXUS_FUZZ_EXAMPLES ?? 5);
const MINUTES = 60_000;

let world: World;

beforeAll(async () => {
  world = await startWorld();
}, MINUTES);

afterAll(() => world?.stop());

async function expectNoFinding(run: Omit<FuzzRun, "seed">): Promise<void> {
  const { found, report } = await runFuzzer({ seed: SEED, ...run });
  if (found) throw new Error(report);
  // A run without requests must not count as a success.
  expect(report).toMatch(/[1-9]\d* generated/);
}

test(
  "the kernel answers random requests as its document says, and never with an internal error",
  async () => {
    const kernel = await world.start({ MAX_WORKSPACES_PER_POD: "10000", MAX_COPIES_PER_MINUTE: "100000" });
    const client = createClient("owner", randomUUID(), 3600);
    await expectNoFinding({
      url: kernel.url,
      token: client.token,
      examples: EXAMPLES,
      phases: ["coverage", "fuzzing", "stateful"],
    });
    const workspaceId = await client.create(kernel);
    await client.call(kernel, "PUT", `/${workspaceId}/handlers/echo`, { code: "view.set('p', 1); return input" });
    const { body } = await client.call(kernel, "POST", `/${workspaceId}/snapshots`, { name: "first" });
    const parameters = { workspaceId, handler: "echo", panel: "p", snapshotId: String(body.id) };
    await expectNoFinding({
      url: kernel.url,
      token: client.token,
      examples: EXAMPLES,
      phases: ["fuzzing"],
      parameters,
    });
  },
  5 * MINUTES,
);

test(
  "the backend answers random requests as its document says, and never with an internal error",
  async () => {
    const log = createLogger({ service: "graphstudio-backend", level: "error" });
    const redis = await startRedis();
    const pool = createPool(world.postgres.settings, log);
    await migrate(pool, studioMigrations, log);
    await pool.end();
    const settings = Object.entries({ ...world.postgres.settings, ...redis.settings });
    const env = backendEnv.parse({
      ...Object.fromEntries(settings.map(([key, value]) => [key, String(value)])),
      JWT_SECRET_KEY: KEY,
      LOGIN_ATTEMPTS_PER_MINUTE: "100000",
      ADDRESS_ATTEMPTS_PER_MINUTE: "100000",
      BILLING_SECRET: `whsec_${"bmV4dXM3".repeat(4)}`,
    });
    const converterFile = join(await buildBundle("graphstudio-backend"), "convert-worker.js");
    const backend = await buildBackend({ env, log, converterFile });
    try {
      const url = await backend.app.listen({ host: "127.0.0.1", port: 0 });
      const account = { email: "fuzz@example.com", password: "correct horse battery" };
      const made = await backend.app.inject({ method: "POST", url: "/auth/signup", payload: account });
      const { user } = made.json<{ user: { id: string; tenantId: string } }>();
      const principal = { userId: user.id, tenantId: user.tenantId, role: "owner", email: account.email } as const;
      const token = createTokenSigner(KEY, 3600)(principal);
      await expectNoFinding({ url, token, examples: EXAMPLES, phases: ["coverage", "fuzzing", "stateful"] });
    } finally {
      await backend.app.close();
      await backend.close();
      await redis.stop();
    }
  },
  5 * MINUTES,
);
