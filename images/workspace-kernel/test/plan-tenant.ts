import { randomUUID } from "node:crypto";
import { expectConformance } from "@nexus/testkit/conformance";
import { createTokenSigner } from "@nexus/testkit/tokens";
import { KEY, type TestKernel } from "./harness";

/** Calls of a tenant whose tokens name a plan. */
export function tenantWith(plan?: string, tenantId: string = randomUUID()) {
  const claims = { userId: randomUUID(), tenantId, role: "owner", email: "a@example.com", plan } as const;
  const token = createTokenSigner(KEY, 600)(claims);
  const ask = async (kernel: TestKernel, method: "GET" | "POST", url: string, payload?: object, key?: string) => {
    const headers = { authorization: `Bearer ${token}`, ...(key !== undefined && { "idempotency-key": key }) };
    const response = await kernel.app.inject({ method, url: `/api/v1${url}`, headers, payload });
    expectConformance(kernel.app, method, `/api/v1${url}`, response);
    return { status: response.statusCode, headers: response.headers, body: response.json<Record<string, unknown>>() };
  };
  return {
    tenantId,
    token,
    as: (other: string) => tenantWith(other, tenantId),
    ask,
    make: (kernel: TestKernel) => ask(kernel, "POST", "/workspaces", { name: "w" }),
    run: (kernel: TestKernel, id: unknown, code: string, key?: string) =>
      ask(kernel, "POST", `/workspaces/${String(id)}/execute`, { code }, key),
    usage: async (kernel: TestKernel) => (await ask(kernel, "GET", "/usage")).body,
  };
}
