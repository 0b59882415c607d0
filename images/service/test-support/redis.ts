import { createConnection } from "node:net";
import { end, findProgram, freePort, launch, remove, scratchDirectory, waitFor } from "./server-process";

export interface TestRedis {
  readonly settings: { readonly REDIS_HOST: string; readonly REDIS_PORT: number; readonly REDIS_PASSWORD: string };
  readonly halt: () => Promise<void>;
  readonly resume: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const PASSWORD = "redis-test-password";

async function accepts(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = createConnection(port, "127.0.0.1", () => {
      socket.destroy();
      resolve();
    }).once("error", reject);
  });
}

/** A Redis server of the test's own, without persistence. */
export async function startRedis(): Promise<TestRedis> {
  const hint = "NEXUS_TEST_REDIS_BIN to its path";
  const program = process.env.NEXUS_TEST_REDIS_BIN ?? (await findProgram("redis-server", hint));
  const directory = await scratchDirectory("redis");
  const port = await freePort();
  const memoryOnly = ["--save", "", "--appendonly", "no", "--dir", directory];
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--requirepass", PASSWORD, ...memoryOnly];
  let server = launch(program, args, directory);
  const ready = () =>
    waitFor("Redis answers", () => accepts(port)).catch((error: unknown) => {
      throw new Error(`Redis did not start: ${server.output()}`, { cause: error });
    });
  await ready();
  return {
    settings: { REDIS_HOST: "127.0.0.1", REDIS_PORT: port, REDIS_PASSWORD: PASSWORD },
    halt: () => end(server.child, "SIGKILL"),
    resume: async () => {
      server = launch(program, args, directory);
      await ready();
    },
    stop: async () => {
      await end(server.child, "SIGKILL");
      await remove(directory);
    },
  };
}
