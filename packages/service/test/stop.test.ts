import { once } from "node:events";
import * as http from "node:http";
import { type AddressInfo, connect } from "node:net";
import { PassThrough } from "node:stream";
import { captureLog } from "@nexus/testkit/log-capture";
import { createApp, createRegistry, createShutdown, endKeepAlive } from "../src";

const build = () => {
  const { log } = captureLog("demo");
  return createApp({ service: "demo", version: "1.2.3", log, registry: createRegistry("demo"), readiness: {} });
};

test("D31: a connection with a running answer at the start of a stop does not delay the stop", async () => {
  const app = await build();
  const body = new PassThrough();
  app.get("/slow", async (_request, reply) => reply.send(body));
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  const agent = new http.Agent({ keepAlive: true });
  body.write("a");
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    http.get(`${url}/slow`, { agent }, resolve).once("error", reject);
  });
  const closed = app.close();
  await new Promise(setImmediate);
  body.end("b");
  response.resume();
  await once(response, "end");
  await closed;
  agent.destroy();
});

test.each([
  ["nothing", ""],
  ["half a request", "GET /health HTTP/1.1\r\n"],
])("D31: a connection that has sent %s does not delay the stop", async (_what, sent) => {
  const app = await build();
  await app.listen({ host: "127.0.0.1", port: 0 });
  const accepted = once(app.server, "connection");
  const socket = connect((app.server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(sent);
  await accepted;
  const ended = once(socket, "close");
  await app.close();
  await ended;
});

test("D31: a connection that was opened just before the stop may still send its request", async () => {
  const app = await build();
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  const accepted = once(app.server, "connection");
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  await accepted;
  const closed = app.close();
  await new Promise(setImmediate);
  socket.write("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
  expect(String(await once(socket, "data"))).toMatch(/^HTTP\/1\.1 200 /);
  await closed;
});

test("D28 D31: from the start of a stop, each answer is the last one of its connection", async () => {
  const app = await build();
  const agent = new http.Agent({ keepAlive: true });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  const connectionOf = async () => {
    const [response] = (await once(http.get(`${url}/health`, { agent }), "response")) as [http.IncomingMessage];
    await once(response.resume(), "end");
    return response.headers.connection;
  };
  try {
    expect(await connectionOf()).toBe("keep-alive");
    const { log } = captureLog("demo");
    const stopped = createShutdown({ log, drainMs: 200, timeoutMs: 1000 });
    stopped.prepare({ onStop: () => endKeepAlive(app), steps: [] });
    const end = stopped.stop("test");
    expect(await connectionOf()).toBe("close");
    await end;
  } finally {
    agent.destroy();
    await app.close();
  }
});
