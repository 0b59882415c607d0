import { loadEnv } from "@nexus/service";
import { randomUUID } from "node:crypto";
import { type FakeUpstream, startFakeUpstream } from "@nexus/testkit/fake-upstream";
import { captureLog } from "@nexus/testkit/log-capture";
import { startRedis, type TestRedis } from "@nexus/testkit/redis";
import { waitFor } from "@nexus/testkit/server-process";
import { createTokenSigner } from "@nexus/testkit/tokens";
import { nexusOsEnv } from "../src/env";
import { buildNexusOs, type NexusOs } from "../src/nexus-os";

export const JWT_KEY = "a-signing-key-of-the-ai-service-tests-12";
export const OPENAI_KEY = "sk-openai-marker-5d0c2f";
export const ANTHROPIC_KEY = "sk-ant-marker-77ab31";

export interface Tenant {
  readonly tenantId: string;
  readonly userId: string;
  readonly authorization: string;
}

export function newTenant(): Tenant {
  const [tenantId, userId] = [randomUUID(), randomUUID()];
  const token = createTokenSigner(JWT_KEY, 300)({ tenantId, userId, role: "owner", email: "a@example.com" });
  return { tenantId, userId, authorization: `Bearer ${token}` };
}

export interface SseEvent {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

export function parseSse(text: string): SseEvent[] {
  return text
    .split("\n\n")
    .filter((block) => block !== "")
    .map((block) => {
      const [, event = "", data = ""] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      return { event, data: JSON.parse(data) as Record<string, unknown> };
    });
}

export const user = (content: string) => ({ messages: [{ role: "user", content }] });

/** The service with fast retries, a real Redis and a fake of both providers. */
export class Harness {
  private readonly services: NexusOs[] = [];
  private readonly bySettings = new Map<string, Promise<NexusOs>>();
  readonly logs = captureLog("nexus-os");

  private constructor(
    readonly upstream: FakeUpstream,
    readonly redis: TestRedis,
  ) {}

  static async start(): Promise<Harness> {
    const [upstream, redis] = await Promise.all([startFakeUpstream(), startRedis()]);
    return new Harness(upstream, redis);
  }

  /** One shared service for each group of settings, for tests that do not change its state. */
  async shared(settings: Record<string, string> = {}): Promise<NexusOs> {
    const key = JSON.stringify(settings);
    const service = this.bySettings.get(key) ?? this.service(settings);
    this.bySettings.set(key, service);
    return await service;
  }

  /** A separate service. */
  async service(settings: Record<string, string> = {}): Promise<NexusOs> {
    const env = loadEnv(nexusOsEnv, {
      ...this.upstream.settings,
      ...this.redis.settings,
      REDIS_PORT: String(this.redis.settings.REDIS_PORT),
      JWT_SECRET: JWT_KEY,
      OPENAI_API_KEY: OPENAI_KEY,
      ANTHROPIC_API_KEY: ANTHROPIC_KEY,
      OPENAI_MODELS: "gpt-one,gpt-two",
      ANTHROPIC_MODELS: "claude-one",
      AI_RETRY_BASE_MS: "1",
      AI_RETRY_MAX_MS: "50",
      AI_BREAKER_FAILURES: "1000",
      ...settings,
    });
    const service = await buildNexusOs({ env, log: this.logs.log });
    this.services.push(service);
    await this.redisUp(service, 1);
    return service;
  }

  async redisUp({ app }: NexusOs, up: 0 | 1): Promise<void> {
    await waitFor(`redis is ${up ? "there" : "away"}`, async () => {
      expect((await app.inject("/health")).json()).toMatchObject({ runtime: { redisUp: up } });
    });
  }

  async post({ app }: NexusOs, tenant: Tenant, payload: object, path = "/ai/v1/chat") {
    const response = await app.inject({
      method: "POST",
      url: path,
      payload,
      headers: { authorization: tenant.authorization },
    });
    const sse = String(response.headers["content-type"]).startsWith("text/event-stream");
    const body = sse ? {} : (response.json() as Record<string, unknown>);
    return {
      status: response.statusCode,
      headers: response.headers,
      body,
      events: sse ? parseSse(response.body) : [],
    };
  }

  async usage({ app }: NexusOs, tenant: Tenant): Promise<Record<string, unknown>> {
    const headers = { authorization: tenant.authorization };
    return (await app.inject({ url: "/ai/v1/usage", headers })).json();
  }

  async stop(): Promise<void> {
    for (const { app, close } of this.services) {
      await app.close();
      await close();
    }
    await Promise.all([this.upstream.stop(), this.redis.stop()]);
  }
}
