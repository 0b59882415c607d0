import { once } from "node:events";
import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { HttpGateway } from "../src/http/gateway";
import { lookUp } from "../src/http/look-up";

const NEVER = new AbortController().signal;

let server: Server;
let port: number;
const seen: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    if (request.url === "/never") return;
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString())).on("end", () => response.end(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server?.closeAllConnections();
  server?.close();
});

function gateway() {
  const made = new HttpGateway({
    maxConcurrent: 8,
    timeoutMs: 3000,
    allowListOf: async () => [`api.test:${port}`],
    onCall: () => undefined,
    onDenied: () => undefined,
    resolve: async () => ["127.0.0.1"],
    isAllowedAddress: () => true,
  });
  return async (tenant: string, request: object) => {
    const { value, error } = await made.answer(
      { tenantId: tenant, workspaceId: tenant },
      performance.now(),
      {
        call: 1,
        kind: "http",
        request: JSON.stringify(request),
      },
      NEVER,
    );
    return JSON.parse(value ?? error ?? "") as Record<string, unknown>;
  };
}

const ideographs = (count: number) =>
  Array.from({ length: count }, (_, at) => String.fromCodePoint(0x4e00 + at)).join("");
const headers = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`a${at}`, 1]));
const members = headers(25_000);

test.each([
  ["a long name that is not ASCII", { url: `http://${ideographs(20_000)}/` }],
  ["such a name within the length of a URL", { url: `http://${ideographs(8000)}/` }],
  ["the same in other spellings", { url: `http:\\\\${ideographs(8000)}` }],
  ["and with more slashes", { url: `http:////\t${ideographs(8000)}` }],
  ["and encoded", { url: `http://${encodeURIComponent(ideographs(800))}/` }],
  ["many headers that are none", { url: "http://api.test/", headers: members }],
  ["many members that are none", { url: "http://api.test/", ...members }],
  ["a header that is none of 50", { url: "http://api.test/", headers: { ["x".repeat(200_000)]: 1 } }],
])("what is wrong with a call is known before its length costs time: %s", async (_name, request) => {
  const call = gateway();
  const before = process.cpuUsage();
  const answers = await Promise.all(Array.from({ length: 4 }, () => call("a", request)));
  // Processor time in microseconds, which a busy machine does not lengthen.
  const { user, system } = process.cpuUsage(before);
  expect(user + system).toBeLessThan(400_000);
  for (const { name, message } of answers) {
    expect(name).toBe("HttpError");
    expect(String(message).length).toBeLessThan(1000);
  }
});

test("a name that is not ASCII is still a name", async () => {
  expect(await gateway()("a", { url: "http://bücher.test/" })).toMatchObject({
    message: expect.stringContaining("does not allow calls to xn--bcher-kva.test"),
  });
});

test("slow calls of one tenant leave room for those of another", async () => {
  const call = gateway();
  const slow = Array.from({ length: 32 }, () => call("slow", { url: `http://api.test:${port}/never` }));
  const startedAt = performance.now();
  expect(await call("other", { url: `http://api.test:${port}/` })).toMatchObject({ status: 200 });
  expect(performance.now() - startedAt).toBeLessThan(1500);
  for (const answer of await Promise.all(slow)) expect(answer).toMatchObject({ message: "the call took too long" });
});

test.each(["GET", "HEAD", "DELETE", "OPTIONS", "POST"])("a body is part of its request: %s", async (method) => {
  seen.length = 0;
  const body = "GET /second HTTP/1.1\r\nHost: other.test\r\n\r\n";
  const answer = await gateway()("a", { url: `http://api.test:${port}/first`, method, body });
  expect(answer).toMatchObject({ status: 200, body: method === "HEAD" ? "" : body });
  expect(seen.filter((line) => !line.endsWith("/never"))).toEqual([`${method} /first`]);
});

test("look-ups at a name server that is silent hold up nobody else's, and end with their calls", async () => {
  const silent = createSocket("udp4").bind(0, "127.0.0.1");
  await once(silent, "listening");
  const servers = [`127.0.0.1:${silent.address().port}`];
  const calls = Array.from({ length: 50 }, () => new AbortController());
  const waiting = calls.map(({ signal }, at) => lookUp(`${at}.silent.test`, signal, servers));
  await lookup("localhost");
  for (const call of calls) call.abort();
  expect(await Promise.all(waiting)).toEqual(waiting.map(() => []));
  silent.close();
});
