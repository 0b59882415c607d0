import { createConnection } from "node:net";
import { join } from "node:path";
import type { ServerCertificate } from "./certificate";
import { end, findProgram, freePort, launch, remove, scratchDirectory, waitFor, writeOwned } from "./server-process";

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

async function tlsArguments(
  directory: string,
  port: number,
  { certificate, key }: ServerCertificate,
): Promise<string[]> {
  const [certificateFile, keyFile] = [join(directory, "server.crt"), join(directory, "server.key")];
  await writeOwned(certificateFile, certificate);
  await writeOwned(keyFile, key);
  const files = ["--tls-cert-file", certificateFile, "--tls-key-file", keyFile, "--tls-ca-cert-file", certificateFile];
  return ["--port", "0", "--tls-port", String(port), ...files, "--tls-auth-clients", "no"];
}

/** A Redis server of the test's own, without persistence; with a certificate it accepts only TLS. */
export async function startRedis(certificate?: ServerCertificate): Promise<TestRedis> {
  const hint = "NEXUS_TEST_REDIS_BIN to its path";
  const program = process.env.NEXUS_TEST_REDIS_BIN ?? (await findProgram("redis-server", hint));
  const directory = await scratchDirectory("redis");
  const port = await freePort();
  const memoryOnly = ["--save", "", "--appendonly", "no", "--dir", directory];
  const listening = certificate ? await tlsArguments(directory, port, certificate) : ["--port", String(port)];
  const args = [...listening, "--bind", "127.0.0.1", "--requirepass", PASSWORD, ...memoryOnly];
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
