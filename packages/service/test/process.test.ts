import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { buildBundle } from "@nexus/testkit/bundle";
import { openDatabase, type TestDatabase } from "@nexus/testkit/database";
import { remove, waitFor } from "@nexus/testkit/server-process";

/** Each service's bundle as the image runs it. */
const services = [
  { service: "workspace-kernel", listening: ["listening on port", "listening on port"] },
  { service: "graphstudio-backend", listening: ["listening on port"] },
] as const;

const bundles = new Map<string, string>();
let postgres: TestDatabase;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  await Promise.all(services.map(async ({ service }) => bundles.set(service, await buildBundle(service))));
  postgres = await openDatabase();
}, 60_000);

afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await postgres?.stop();
  await Promise.all([...bundles.values()].map(remove));
});

function start(service: string, entry: string, env: Record<string, string>) {
  const child = spawn(process.execPath, [join(bundles.get(service) ?? "", entry)], {
    env: { NODE_PATH: join(__dirname, "../../../node_modules"), ...env },
  });
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

function environment(): Record<string, string> {
  const settings = Object.entries(postgres.settings).map(([key, value]) => [key, String(value)]);
  return {
    ...(Object.fromEntries(settings) as Record<string, string>),
    HTTP_HOST: "127.0.0.1",
    HTTP_PORT: "0",
    WS_PORT: "0",
    JWT_SECRET_KEY: "a-signing-key-of-the-process-tests-1234",
    REDIS_HOST: "127.0.0.1",
    REDIS_PORT: "1",
    SHUTDOWN_DRAIN_MS: "300",
  };
}

test.each(services)("D13: $service ends with 78 and lists every problem", async ({ service }) => {
  const server = start(service, "server.js", { HTTP_PORT: "x", LOG_LEVEL: "loud", DATABASE_HOST: "postgres" });
  expect(await server.exited).toBe(78);
  expect(server.errors()).toContain('HTTP_PORT: "x" is wrong; give a port from 1024 to 65535');
  expect(server.errors()).toContain('LOG_LEVEL: "loud" is wrong; give debug, info, warn or error');
  expect(server.errors()).toContain("DATABASE_PASSWORD: missing; give the password of the database user");
});

test.each(services)(
  "B17 B22 D31: $service migrates, starts, gets ready, and SIGTERM fails readiness, drains and exits 0",
  async ({ service, listening }) => {
    const migration = start(service, "migrate.js", environment());
    expect(await migration.exited).toBe(0);
    const server = start(service, "server.js", environment());
    const messages = () => server.lines().map(({ message }) => String(message));
    await waitFor("the service has started", async () => expect(messages()).toContain("database connected"));
    expect(messages()[0]).toBe("starting");
    expect(messages().filter((message) => message.startsWith("listening on port"))).toHaveLength(listening.length);
    const { port } = server.lines().find(({ message }) => String(message).startsWith("listening")) ?? {};
    const ready = async () => (await fetch(`http://127.0.0.1:${String(port)}/ready`)).status;
    await waitFor("the service is ready", async () => expect(await ready()).toBe(200));
    server.child.kill("SIGTERM");
    await waitFor("readiness fails while the service still answers", async () => expect(await ready()).toBe(503));
    expect(await server.exited).toBe(0);
    expect(server.lines().at(-1)).toMatchObject({ level: "info", service, message: "stopped", userId: null });
    expect(server.lines().filter(({ level }) => level === "error")).toEqual([]);
    expect(server.errors()).toBe("");
  },
);
