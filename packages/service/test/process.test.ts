import { type ChildProcess, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
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

/** @param before a program that runs in the process before the service */
function start(service: string, entry: string, env: Record<string, string>, before?: string) {
  const required = before === undefined ? [] : ["--require", before];
  const child = spawn(process.execPath, [...required, join(bundles.get(service) ?? "", entry)], {
    env: { NODE_PATH: join(__dirname, "../../../node_modules"), ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  children.add(child);
  let [out, err] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (err += chunk.toString()));
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

/** Fails in the process of a service as code of ours might, with a token in the text. */
const FAULTS = `
  process.on("message", (what) => {
    if (what === "rejection") return void Promise.reject(new TypeError("Invalid URL /panels?token=secret"));
    setImmediate(() => { throw new TypeError("Invalid URL /panels?token=secret", { cause: new Error("nxk_secret") }); });
  });
  process.channel.unref();
`;

test.each(services)(
  "$service goes on after a fault in work that nobody waits for, and ends in order after one that nothing caught",
  async ({ service }) => {
    const faults = join(bundles.get(service) ?? "", "faults.cjs");
    await writeFile(faults, FAULTS);
    expect(await start(service, "migrate.js", environment()).exited).toBe(0);
    const server = start(service, "server.js", { ...environment(), SHUTDOWN_DRAIN_MS: "3000" }, faults);
    const line = (message: string) => server.lines().find((one) => one.message === message);
    await waitFor("the service has started", async () => expect(line("database connected")).toBeDefined());
    const { port } = server.lines().find(({ message }) => String(message).startsWith("listening")) ?? {};
    const get = (path: string) => fetch(`http://127.0.0.1:${String(port)}${path}`);
    const counted = async () => (await (await get("/metrics")).text()).match(/^nexus_faults_total\{.* \d+$/gm)?.sort();
    const series = (work: number, ended: number) => [
      expect.stringMatching(new RegExp(`place="process".* ${ended}$`)),
      expect.stringMatching(/place="request".* 0$/),
      expect.stringMatching(/place="socket".* 0$/),
      expect.stringMatching(new RegExp(`place="work".* ${work}$`)),
    ];
    expect(await counted()).toEqual(series(0, 0));
    server.child.send("rejection");
    await waitFor("the fault is counted", async () => expect(await counted()).toEqual(series(1, 0)));
    expect(line("work that nobody waits for failed")).toMatchObject({
      level: "error",
      error: { name: "TypeError", message: "Invalid URL /panels?token=[hidden]" },
    });
    expect((await get("/health")).status).toBe(200);
    server.child.send("exception");
    await waitFor("readiness fails while the service still answers", async () =>
      expect((await get("/ready")).status).toBe(503),
    );
    expect(await counted()).toEqual(series(1, 1));
    expect(await server.exited).toBe(1);
    expect(line("nothing caught an error; the process ends")).toMatchObject({ level: "error" });
    expect(server.lines().at(-1)).toMatchObject({ message: "stopped" });
    expect(server.errors()).toBe("");
    expect(JSON.stringify(server.lines())).not.toContain("secret");
  },
);
