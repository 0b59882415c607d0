import { createServer, request, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { freePort } from "@nexus/testkit/server-process";
import { type Front, startFront } from "./front";
import { startUpstream } from "./upstream";

let front: Front | undefined;
let closeServer: () => void = () => undefined;

afterEach(async () => {
  closeServer();
  await front?.stop();
  front = undefined;
});

async function start(env: Record<string, string> = {}): Promise<Front> {
  const url = `http://127.0.0.1:${await freePort()}`;
  front = await startFront({ KERNEL_URL: url, KERNEL_WS_URL: url, ...env });
  return front;
}

test.each([
  ["/auth/login", "accounts_unavailable"],
  ["/account/me", "accounts_unavailable"],
  ["/auth/openapi.json", "accounts_unavailable"],
  ["/ai/openapi.json", "ai_unavailable"],
  ["/ai/v1/chat", "ai_unavailable"],
  ["/metrics", "not_found"],
])("X6: without backend and AI service %s is 404 %s", async (path, code) => {
  const started = await start();
  const answer = await started.ask(path, { method: path === "/metrics" ? "GET" : "POST", body: "{}" });
  expect(answer).toMatchObject({ status: 404, headers: { "content-type": "application/problem+json" } });
  expect(answer.headers["cache-control"]).toBe("no-store");
  expect(JSON.parse(answer.body)).toMatchObject({ status: 404, code, type: `urn:nexus:error:${code}`, instance: path });
});

test("what one of the two lacks does not touch the other", async () => {
  const backend = await startUpstream("backend");
  const started = await start({ BACKEND_URL: backend.url });
  expect(await started.ask("/account/me")).toMatchObject({ status: 200, body: '{"name":"backend"}' });
  expect(JSON.parse((await started.ask("/ai/v1/models")).body)).toMatchObject({ code: "ai_unavailable" });
  await backend.stop();
});

/** An AI service that answers when the test tells it to. */
async function startWriter() {
  let opened: (response: ServerResponse) => void = () => undefined;
  const asked = new Promise<ServerResponse>((resolve) => (opened = resolve));
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
    response.flushHeaders();
    opened(response);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  closeServer = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, asked };
}

test("an answer of the AI service passes word by word, and a client that leaves ends it", async () => {
  const { url, asked } = await startWriter();
  const started = await start({ NEXUS_OS_URL: url });
  const client = request({ host: "127.0.0.1", port: started.port, path: "/ai/v1/chat", method: "POST" });
  const answered = new Promise<NodeJS.ReadableStream>((resolve) => client.once("response", resolve));
  client.on("error", () => undefined).end("{}");
  const writer = await asked;
  const answer = await answered;
  const next = () =>
    new Promise<string>((resolve) => answer.once("data", (chunk: Buffer) => resolve(chunk.toString())));
  for (const word of ["one", "two"]) {
    const arrived = next();
    writer.write(`event: delta\ndata: "${word}"\n\n`);
    expect(await arrived).toBe(`event: delta\ndata: "${word}"\n\n`);
  }
  const left = new Promise((resolve) => writer.once("close", resolve));
  client.destroy();
  await left;
  expect(writer.writableFinished).toBe(false);
});

/** Sends bytes that no HTTP client would send, and reads until the connection ends. */
function send(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.setEncoding("utf8").on("data", (chunk: string) => (answer += chunk));
    socket.on("error", reject).on("close", () => resolve(answer));
  });
}

const HOST = "Host: x\r\nConnection: close\r\n";

test.each([
  ["a zero byte in the path", `GET /a%00b HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["a broken escape", `GET /%zz HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["no request line", "nonsense\r\n\r\n", 400],
  ["no host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
  ["a path above the root", `GET /../../etc/passwd HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["two lengths", `POST / HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, 400],
  ["headers that are too long", `GET / HTTP/1.1\r\n${HOST}X-Long: ${"x".repeat(9000)}\r\n\r\n`, 400],
  ["a path that is too long", `GET /${"x".repeat(9000)} HTTP/1.1\r\n${HOST}\r\n`, 414],
  ["an unknown transfer encoding", `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: x\r\n\r\n`, 501],
  ["an unknown version", `GET / HTTP/3.0\r\n${HOST}\r\n`, 505],
])("a request that nginx refuses itself is a problem document: %s", async (_what, text, status) => {
  const started = await start();
  const [head = "", body = ""] = (await send(started.port, text)).split("\r\n\r\n");
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(head).toMatch(/^content-type: application\/problem\+json\r?$/im);
  expect(JSON.parse(body)).toMatchObject({ status, code: "bad_request", type: "urn:nexus:error:bad_request" });
});
