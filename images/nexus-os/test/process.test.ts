import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildBundle } from "@nexus/testkit/bundle";
import { startOtlpReceiver } from "@nexus/testkit/otlp-receiver";
import { remove, waitFor } from "@nexus/testkit/server-process";

let bundle: string;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  bundle = await buildBundle("nexus-os");
});

afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  if (bundle) await remove(bundle);
});

/** The bundle runs where no package is installed, as in the image. */
function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [join(bundle, "server.js")], { cwd: bundle, env });
  children.add(child);
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  const lines = () =>
    out
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { child, exited, lines, errors: () => err };
}

test("D13: a wrong environment ends with 78 and lists every problem, without the values of keys", async () => {
  const server = start({
    HTTP_PORT: "x",
    OPENAI_API_KEY: "sk-marker with a space",
    OPENAI_BASE_URL: "ftp://example.com",
    ANTHROPIC_MODELS: "a,,b",
    AI_BUDGET_TOKENS_PER_DAY: "0",
  });
  expect(await server.exited).toBe(78);
  for (const problem of [
    'HTTP_PORT: "x" is wrong; give a port from 1024 to 65535',
    "OPENAI_API_KEY: give the key alone, without spaces or line breaks",
    'OPENAI_BASE_URL: "ftp://example.com" is wrong; give an http or https URL',
    'ANTHROPIC_MODELS: "a,,b" is wrong; give names separated by commas, each once',
    'AI_BUDGET_TOKENS_PER_DAY: "0" is wrong; give 1 to 1000000000000',
  ]) {
    expect(server.errors()).toContain(problem);
  }
  expect(server.errors()).not.toContain("sk-marker");
});

test("D31: starts without a key and without Redis, gets ready, and SIGTERM fails readiness, drains and exits 0", async () => {
  const server = start({
    HTTP_HOST: "127.0.0.1",
    HTTP_PORT: "0",
    REDIS_HOST: "127.0.0.1",
    REDIS_PORT: "1",
    JWT_SECRET_KEY: "a-signing-key-of-the-process-tests-1234",
    SHUTDOWN_DRAIN_MS: "300",
  });
  const listening = () => server.lines().find(({ message }) => String(message).startsWith("listening"));
  await waitFor("the service has started", async () => expect(listening()).toBeDefined());
  const port = Number(listening()?.port);
  const ready = async () => (await fetch(`http://127.0.0.1:${port}/ready`)).status;
  expect(await ready()).toBe(200);
  server.child.kill("SIGTERM");
  await waitFor("readiness fails while the service still answers", async () => expect(await ready()).toBe(503));
  expect(await server.exited).toBe(0);
  expect(server.lines()[0]).toMatchObject({ service: "nexus-os", message: "starting" });
  expect(server.lines()).toContainEqual(
    expect.objectContaining({ level: "warn", message: expect.stringContaining("requests get 503") as unknown }),
  );
  expect(server.lines().at(-1)).toMatchObject({ level: "info", message: "stopped" });
  expect(server.lines().filter(({ level }) => level === "error")).toEqual([]);
  expect(server.errors()).toBe("");
});

test("A60: the bundle sends its last traces before it ends, and reads OpenTelemetry from a file of its own", async () => {
  const receiver = await startOtlpReceiver();
  const server = start({
    HTTP_HOST: "127.0.0.1",
    HTTP_PORT: "0",
    REDIS_HOST: "127.0.0.1",
    REDIS_PORT: "1",
    AUTH_ENABLED: "false",
    SHUTDOWN_DRAIN_MS: "0",
    TRILOG_ENABLED: "true",
    OTEL_ENDPOINT: receiver.url,
  });
  const listening = () => server.lines().find(({ message }) => String(message).startsWith("listening"));
  await waitFor("the service has started", async () => expect(listening()).toBeDefined());
  await fetch(`http://127.0.0.1:${Number(listening()?.port)}/ai/v1/models`);
  server.child.kill("SIGTERM");
  expect(await server.exited).toBe(0);
  expect(receiver.span("GET /ai/v1/models")).toMatchObject({ service: "nexus-os", status: 0 });
  await receiver.stop();
  expect(readFileSync(join(bundle, "server.js"), "utf8")).not.toContain("OTLPTraceExporter");
});
