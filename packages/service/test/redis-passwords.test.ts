import { createConnection } from "node:net";
import { text } from "node:stream/consumers";
import { end, freePort, launch, remove, scratchDirectory, waitFor } from "@nexus/testkit/server-process";
import { redisWorkload } from "../../../components/data-tier/redis";

type Workload = Parameters<typeof redisWorkload>[0];

/** A server as the stack starts it, with these passwords in its Secret. */
async function startServer(directory: string, port: number, passwords: Readonly<Record<string, string>>) {
  const platform = { names: {}, values: passwords } as Workload["platform"];
  const settings = { limits: { memory: null } } as Workload["settings"];
  const [, , script = ""] = redisWorkload({ platform, after: [], settings }).command ?? [];
  const program = process.env.NEXUS_TEST_REDIS_BIN ?? "redis-server";
  const here = script
    .replaceAll("/run/redis", directory)
    .replace("dir /data", `port ${port}"; echo "dir ${directory}`)
    .replace("exec redis-server", `exec ${program}`);
  const variables = Object.entries(passwords).map(([name, value]) => `export ${name}='${value}'; `);
  return launch("sh", ["-c", variables.join("") + here], directory).child;
}

/** What the server says to a client with a password; tries until it listens. */
async function answerTo(port: number, password: string | undefined): Promise<string> {
  return await waitFor("Redis answers", async () => {
    const socket = createConnection(port, "127.0.0.1");
    socket.end(`${password === undefined ? "" : `AUTH ${password}\r\n`}PING\r\n`);
    return await text(socket);
  });
}

test("A32: Redis lets in three generations of clients, and nobody else", async () => {
  const directory = await scratchDirectory("redis");
  const port = await freePort();
  const passwords = { REDIS_PASSWORD: "second", REDIS_PASSWORD_PREVIOUS: "first", REDIS_PASSWORD_NEXT: "third" };
  const server = await startServer(directory, port, passwords);
  try {
    for (const password of ["first", "second", "third"])
      expect(await answerTo(port, password)).toBe("+OK\r\n+PONG\r\n");
    for (const password of ["fourth", undefined]) expect(await answerTo(port, password)).not.toContain("PONG");
  } finally {
    await end(server, "SIGKILL");
    await remove(directory);
  }
});
