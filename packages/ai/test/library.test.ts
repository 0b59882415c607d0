import { aiSettings } from "@nexus/contract";
import { authenticateAnyone, createApp, createRedis, createRegistry, envSchema, Standing } from "@nexus/service";
import { captureLog } from "@nexus/testkit/log-capture";
import { Ai, createAiMetrics, registerAiRoutes } from "../src";
import { type FakeUpstream, startFakeUpstream } from "@nexus/testkit/fake-upstream";

let upstream: FakeUpstream;

beforeAll(async () => {
  upstream = await startFakeUpstream();
});

afterAll(async () => await upstream?.stop());

test("A54: another service can serve the AI routes beside its own, also without Redis", async () => {
  const { log } = captureLog("workspace-kernel");
  const registry = createRegistry("workspace-kernel");
  const env = envSchema(aiSettings).parse({ ...upstream.settings, OPENAI_API_KEY: "sk-library" });
  const redis = createRedis({ REDIS_HOST: "127.0.0.1", REDIS_PORT: 1 }, log, "budgets are counted per pod");
  const app = await createApp({ service: "workspace-kernel", version: "1", log, registry, readiness: {} });
  const ai = new Ai({ env, redis: redis.client, log, metrics: createAiMetrics(registry) });
  registerAiRoutes(app, { ai, authenticate: authenticateAnyone, standing: new Standing(), prefix: "/api/v1/ai" });
  const messages = [{ role: "user", content: "Hi" }];
  const answer = await app.inject({ method: "POST", url: "/api/v1/ai/chat", payload: { messages } });
  expect(answer.json()).toMatchObject({ text: "Hello world", usage: { totalTokens: 18 } });
  expect((await app.inject("/api/v1/ai/usage")).json()).toMatchObject({ source: "local", usedTokens: 18 });
  expect((await app.inject("/openapi.json")).json()).toMatchObject({ paths: { "/api/v1/ai/chat": {} } });
  redis.close();
  await app.close();
});
