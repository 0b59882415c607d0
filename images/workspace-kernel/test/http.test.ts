import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { isPublicAddress } from "../src/http/addresses";
import { isAllowed } from "../src/http/allow-list";
import { HttpGateway, type HttpGatewayOptions } from "../src/http/gateway";
import { createClient, startWorld, type World } from "./harness";

const NEVER = new AbortController().signal;

let server: Server;
let port: number;
const seen: { url: string; authorization: string | undefined; host: string | undefined }[] = [];
let inFlight = 0;
let mostInFlight = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    const { url = "", headers, method } = request;
    seen.push({ url, authorization: headers.authorization, host: headers.host });
    inFlight += 1;
    mostInFlight = Math.max(mostInFlight, inFlight);
    response.once("close", () => (inFlight -= 1));
    if (url.startsWith("/to?")) return response.writeHead(302, { location: decodeURIComponent(url.slice(4)) }).end();
    if (url === "/loop") return response.writeHead(302, { location: "/loop" }).end();
    if (url === "/never") return;
    if (url === "/large") return response.end(Buffer.alloc(1_100_000));
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => setTimeout(() => response.end(JSON.stringify({ method, url, body })), 10));
  });
  port = await new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
});

afterAll(() => {
  server?.closeAllConnections();
  server?.close();
});

beforeEach(() => {
  seen.length = 0;
});

function gateway(options: Partial<HttpGatewayOptions> = {}) {
  const made = new HttpGateway({
    maxConcurrent: 10,
    timeoutMs: 2000,
    allowListOf: async () => [
      `api.test:${port}`,
      `other.test:${port}`,
      `127.0.0.1:${port}`,
      "169.254.169.254",
      "in.test",
    ],
    onCall: () => undefined,
    onDenied: () => undefined,
    resolve: async () => ["127.0.0.1"],
    isAllowedAddress: (address) => address === "127.0.0.1" || isPublicAddress(address),
    ...options,
  });
  return async (request: unknown, tenant = "w") => {
    const since = performance.now();
    const { value, error } = await made.answer(
      { tenantId: tenant, workspaceId: tenant },
      since,
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

const at = (path: string, host = "api.test") => `http://${host}:${port}${path}`;

test.each([
  ["8.8.8.8", true],
  ["2606:4700:4700::1111", true],
  ["10.1.2.3", false],
  ["172.16.0.1", false],
  ["192.168.0.1", false],
  ["127.0.0.1", false],
  ["0.0.0.0", false],
  ["169.254.169.254", false],
  ["100.100.100.200", false],
  ["255.255.255.255", false],
  ["224.0.0.1", false],
  ["::1", false],
  ["::", false],
  ["fe80::1", false],
  ["fd00:ec2::254", false],
  ["::ffff:127.0.0.1", false],
  ["::ffff:8.8.8.8", true],
  ["64:ff9b::a9fe:a9fe", false],
  ["2002:7f00:1::", false],
  ["::7f00:1", false],
  ["::a9fe:a9fe", false],
  ["::127.0.0.1", false],
  ["168.63.129.16", false],
  ["::ffff:168.63.129.16", false],
  ["168.63.129.17", true],
  ["localhost", false],
])("D8: whether %s is a public address: %s", (address, expected) => {
  expect(isPublicAddress(address)).toBe(expected);
});

test.each([
  ["https://api.example.com/x", true],
  ["https://API.example.com./x", true],
  ["http://api.example.com", true],
  ["https://api.example.com:8443", false],
  ["https://deep.wild.test", true],
  ["https://a.deep.wild.test", true],
  ["https://wild.test", false],
  ["https://evilwild.test", false],
  ["https://api.example.com.evil.test", false],
  ["http://port.test:8080", true],
  ["http://port.test", false],
])("the allow-list and %s: %s", (url, expected) => {
  expect(isAllowed(new URL(url), ["api.example.com", "*.wild.test", "port.test:8080"])).toBe(expected);
});

test("a call brings status, headers and body", async () => {
  const call = gateway();
  expect(await call({ url: at("/a?b=1"), method: "POST", body: "x", headers: { Authorization: "secret" } })).toEqual({
    status: 200,
    headers: expect.objectContaining({ date: expect.any(String) }),
    body: JSON.stringify({ method: "POST", url: "/a?b=1", body: "x" }),
    url: at("/a?b=1"),
  });
  expect(seen).toEqual([{ url: "/a?b=1", authorization: "secret", host: `api.test:${port}` }]);
});

test.each([
  [
    "another host",
    { url: "http://evil.test/" },
    "169.254.169.254, in.test; an owner adds it to httpAllow with PUT /api/v1/tenant-settings",
  ],
  ["another port", { url: "http://api.test:1/" }, "does not allow calls to api.test:1"],
  ["metadata by address", { url: "http://169.254.169.254/latest" }, "has no public address"],
  ["metadata in another notation", { url: "http://0xa9fea9fe/" }, "has no public address"],
  ["credentials in the URL", { url: "http://u:p@api.test/" }, "must not hold a user name"],
  ["another protocol", { url: "file:///etc/passwd" }, "give an http or https URL"],
  ["a header of ours", { url: "http://api.test/", headers: { Host: "x" } }, "Host is set by the host"],
  ["a header that splits", { url: "http://api.test/", headers: { a: "b\r\nc: d" } }, "give values of headers"],
  ["no object", 5, "expected object"],
])("a call is refused: %s", async (_name, request, message) => {
  expect(await gateway()(request)).toEqual({ name: "HttpError", message: expect.stringContaining(message) });
  expect(seen).toEqual([]);
});

test("the message of a refused call names what is allowed, up to a limit, and who can allow more", async () => {
  const refused = async (allowed: readonly string[]) => {
    const { message } = await gateway({ allowListOf: async () => allowed })({ url: "http://evil.test/" });
    return String(message);
  };
  const onward = "an owner adds it to httpAllow with PUT /api/v1/tenant-settings";
  expect(await refused([])).toBe(`the tenant does not allow calls to evil.test, but to no host; ${onward}`);
  expect(await refused(["a.test", "*.b.test"])).toContain("evil.test, but to a.test, *.b.test; an owner");
  const many = await refused(Array.from({ length: 100 }, (_, index) => `h${index}.test`));
  expect(many).toContain("h19.test and 80 more; an owner");
});

test("a name with any address inside is refused, and looked up only once", async () => {
  const answers = [["8.8.8.8", "10.0.0.1"], ["127.0.0.1"], ["10.0.0.1"]];
  const resolve = jest.fn(async () => answers.shift() ?? []);
  const call = gateway({ resolve });
  expect(await call({ url: at("/") })).toMatchObject({
    message: "api.test has no public address; only public addresses can be called, whatever httpAllow says",
  });
  expect(await call({ url: at("/") })).toMatchObject({ status: 200 });
  expect(resolve).toHaveBeenCalledTimes(2);
});

test("a name of the cluster is not told from one that nobody knows", async () => {
  const inside = gateway({ resolve: async () => ["10.0.0.1"] });
  const unknown = gateway({ resolve: () => Promise.reject(new Error("getaddrinfo ENOTFOUND api.test")) });
  expect(await unknown({ url: at("/") })).toEqual(await inside({ url: at("/") }));
});

test.each([
  ["the metadata service", "http://169.254.169.254/", "has no public address"],
  ["a host that is not allowed", "http://evil.test/", "does not allow calls to evil.test"],
  ["a name whose address is inside", "http://in.test/", "has no public address"],
  ["another protocol", "file:///etc/passwd", "is not http or https"],
])("a redirect to %s is refused", async (_name, location, message) => {
  const resolve = async (host: string) => [host === "in.test" ? "10.0.0.1" : "127.0.0.1"];
  const answer = await gateway({ resolve })({ url: at(`/to?${encodeURIComponent(location)}`) });
  expect(answer).toMatchObject({ name: "HttpError", message: expect.stringContaining(message) });
});

test("a redirect is followed, without what was meant for the first host", async () => {
  const url = at(`/to?${encodeURIComponent(at("/end", "other.test"))}`);
  const answer = await gateway()({ url, headers: { authorization: "secret" }, method: "POST", body: "x" });
  expect(answer).toMatchObject({ status: 200, url: at("/end", "other.test") });
  expect(seen.map(({ authorization }) => authorization)).toEqual(["secret", undefined]);
});

test("a loop of redirects, a large response and silence end", async () => {
  const call = gateway();
  expect(await call({ url: at("/loop") })).toMatchObject({ message: "more than 5 redirects" });
  expect(await call({ url: at("/large") })).toMatchObject({ message: "the response has more than 1048576 bytes" });
  const impatient = gateway({ timeoutMs: 300 });
  expect(await impatient({ url: at("/never") })).toMatchObject({ message: "the call took too long" });
});

test("D11 HTTP_MAX_CONCURRENT: more calls wait for their turn", async () => {
  mostInFlight = 0;
  const call = gateway({ maxConcurrent: 2 });
  const answers = await Promise.all([1, 2, 3, 4, 5].map((n) => call({ url: at(`/${n}`) }, `tenant-${n}`)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(mostInFlight).toBe(2);
});

describe("in a workspace", () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(() => world?.stop());

  test("ext.http asks the tenant's list, and a neighbour in the same worker runs meanwhile", async () => {
    const kernel = await world.start(
      { HTTP_TIMEOUT: "1000" },
      { gatewayOverrides: { resolve: async () => ["127.0.0.1"], isAllowedAddress: () => true } },
    );
    const client = createClient();
    const [id, neighbour] = [await client.create(kernel), await client.create(kernel)];
    const code = `let got = await ext.http('${at("/hi")}'); got.status`;
    expect((await client.run(kernel, id, code)).error).toMatchObject({ code: "script_error", name: "HttpError" });
    const settings = { httpAllow: [`api.test:${port}`] };
    const path = "/api/v1/tenant-settings";
    expect((await client.request(kernel, "PUT", path, settings)).body).toEqual(settings);
    expect((await client.request(kernel, "GET", path)).body).toEqual(settings);
    expect(await client.run(kernel, id, code)).toMatchObject({ result: 200 });
    const slow = client.run(kernel, id, `try { await ext.http('${at("/never")}') } catch (e) { e.message }`);
    expect(await client.run(kernel, neighbour, "1 + 1")).toMatchObject({ result: 2 });
    expect(await slow).toMatchObject({ result: "the call took too long" });
    expect(await client.run(kernel, id, "got.status")).toMatchObject({ result: 200, restarted: false });
    expect((await createClient().run(kernel, id, code)).code).toBe("workspace_not_found");
  });

  test("a call that nobody awaits ends before its execution does; a thrown error abandons it", async () => {
    const kernel = await world.start(
      { HTTP_TIMEOUT: "1000" },
      { gatewayOverrides: { resolve: async () => ["127.0.0.1"], isAllowedAddress: () => true } },
    );
    const client = createClient();
    const id = await client.create(kernel);
    await client.request(kernel, "PUT", "/api/v1/tenant-settings", { httpAllow: [`api.test:${port}`] });
    const loose = `var status = 0; ext.http('${at("/x")}').then((answer) => { status = answer.status }); 'sync'`;
    expect(await client.run(kernel, id, loose)).toMatchObject({ result: "sync" });
    expect(await client.run(kernel, id, "status")).toMatchObject({ result: 200 });
    const thrown = `var why; ext.http('${at("/x")}').catch((e) => { why = e.name }); throw new Error('stop')`;
    expect((await client.run(kernel, id, thrown)).error).toMatchObject({ message: "stop" });
    expect(await client.run(kernel, id, "why")).toMatchObject({ result: "AbortError" });
    const many =
      "for (let i = 0; i < 40; i++) await ext.http('http://x.test').catch((e) => { if (e.name === 'LimitError') throw e })";
    expect((await client.run(kernel, id, many)).error).toMatchObject({ name: "LimitError" });
  });

  test("members cannot change the tenant's list, and it must hold hosts", async () => {
    const kernel = await world.start();
    const change = (client: ReturnType<typeof createClient>, httpAllow: string[]) =>
      client.request(kernel, "PUT", "/api/v1/tenant-settings", { httpAllow });
    expect(await change(createClient("member"), [])).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect(await change(createClient(), ["http://x"])).toMatchObject({ status: 400 });
  });
});
