import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { createTokenSigner } from "@nexus/service";
import { captureLog } from "../../service/test-support/log-capture";
import type { DatabaseSettings } from "../../service/test-support/postgres";
import { kernelEnv } from "../src/env";
import { buildKernel, type Kernel } from "../src/kernel";

export const KEY = "a-signing-key-of-the-kernel-tests-1234";

export interface TestKernel extends Kernel {
  readonly lines: Record<string, unknown>[];
  readonly text: () => string;
  readonly url: string;
  readonly end: () => Promise<void>;
}

/** A kernel "pod" that listens on a port of its own, with workers of the real bundle. */
export async function startKernel(
  bundle: string,
  settings: DatabaseSettings,
  overrides: Record<string, string> = {},
): Promise<TestKernel> {
  const env = kernelEnv.parse({
    ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value)])),
    JWT_SECRET_KEY: KEY,
    POD_NAME: `kernel-${randomUUID().slice(0, 8)}`,
    TIMEOUT_MS: "300",
    WORKER_THREADS: "1",
    ...overrides,
  });
  const { log, lines, text } = captureLog("workspace-kernel");
  const kernel = await buildKernel({
    env,
    log,
    workerFile: join(bundle, "worker.js"),
    wasmFile: join(bundle, "quickjs.wasm"),
  });
  const url = await kernel.app.listen({ host: "127.0.0.1", port: 0 });
  kernel.setUrl(url);
  const end = async () => {
    await kernel.panels.close();
    await kernel.app.close();
    await kernel.close();
  };
  return { ...kernel, lines, text, url, end };
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: Record<string, unknown>;
}

export type Client = ReturnType<typeof createClient>;

/** Calls of one tenant. */
export function createClient() {
  const userId = randomUUID();
  const token = createTokenSigner(KEY, 60)({ userId, tenantId: randomUUID(), role: "owner", email: "a@example.com" });

  async function call(
    kernel: TestKernel,
    method: "GET" | "POST" | "DELETE",
    path: string,
    payload?: object,
  ): Promise<Answer> {
    const headers = { authorization: `Bearer ${token}` };
    const response = await kernel.app.inject({ method, url: `/api/v1/workspaces${path}`, headers, payload });
    const body = response.body === "" ? {} : (response.json() as Record<string, unknown>);
    return { status: response.statusCode, headers: response.headers, body };
  }

  return {
    token,
    userId,
    call,
    create: async (kernel: TestKernel, name = "demo") => String((await call(kernel, "POST", "", { name })).body.id),
    run: async (kernel: TestKernel, id: string, code: string) =>
      (await call(kernel, "POST", `/${id}/execute`, { code })).body,
  };
}
