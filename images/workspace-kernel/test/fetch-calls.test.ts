import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { HttpGateway } from "../src/http/gateway";
import { createClient, startWorld, type World } from "./harness";

let server: Server;
let port: number;
let world: World;
let run: (code: string) => Promise<Readonly<Record<string, unknown>>>;
let closed = 0;
const seen: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const { url = "", method, headers } = request;
    const { authorization = "-", host, "content-type": type = "-" } = headers;
    seen.push(`${method} ${host?.split(":")[0]}${url} ${authorization} ${type}`);
    const [path, query = ""] = url.split("?");
    if (path === "/to") return response.writeHead(Number(query.slice(0, 3)), { location: query.slice(4) }).end("body");
    if (path === "/never") return response.once("close", () => (closed += 1));
    if (path === "/large") return response.end(Buffer.alloc(1_100_000));
    if (path === "/cookies")
      return response
        .writeHead(200, "Fine", [
          ["Set-Cookie", "a=1"],
          ["set-cookie", "b=2"],
        ])
        .end();
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => response.end(Buffer.concat(chunks)));
  });
  port = await new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
  world = await startWorld();
  const gatewayOverrides = { resolve: async () => ["127.0.0.1"], isAllowedAddress: () => true };
  const kernel = await world.start({ HTTP_TIMEOUT: "10000" }, { gatewayOverrides });
  const client = createClient();
  const httpAllow = [`api.test:${port}`, `other.test:${port}`];
  await client.request(kernel, "PUT", "/api/v1/tenant-settings", { httpAllow });
  const id = await client.create(kernel);
  run = async (code) => await client.run(kernel, id, `await (async () => { ${code} })()`);
});

afterAll(async () => {
  await world?.stop();
  server?.closeAllConnections();
  server?.close();
});

beforeEach(() => {
  seen.length = 0;
});

const at = (path: string, host = "api.test") => JSON.stringify(`http://${host}:${port}${path}`);
const to = (status: number, target: string) => at(`/to?${status}=${target}`);

test("fetch sends and gets bytes, status and each cookie", async () => {
  const echoed = `const body = Uint8Array.from({ length: 256 }, (_, n) => n);
    const bytes = await (await fetch(${at("/echo")}, { method: "POST", body })).bytes(); return bytes.join() === body.join()`;
  expect(await run(echoed)).toMatchObject({ result: true });
  const cookies = `const { headers, statusText } = await fetch(${at("/cookies")}); return [headers.getSetCookie(), statusText]`;
  expect(await run(cookies)).toMatchObject({ result: [["a=1", "b=2"], "Fine"] });
  const form = `const form = new FormData(); form.append("a", new Blob(["ü"])); const { body } = await fetch(${at("/echo")}, { method: "POST", body: form });
    let text = ""; for await (const part of body.pipeThrough(new TextDecoderStream())) text += part; return text.split("\\r\\n").slice(1, -2)`;
  expect(await run(form)).toMatchObject({
    result: [
      'Content-Disposition: form-data; name="a"; filename="blob"',
      "Content-Type: application/octet-stream",
      "",
      "ü",
    ],
  });
  expect(seen[2]).toMatch(/^POST api\.test\/echo - multipart\/form-data; boundary=----nexus-form-[0-9a-f]{32}$/);
});

test.each([
  [301, "POST", "GET"],
  [302, "PUT", "PUT"],
  [303, "PUT", "GET"],
  [303, "HEAD", "HEAD"],
  [307, "POST", "POST"],
  [308, "PATCH", "PATCH"],
])("fetch follows a redirect with %d of %s as %s", async (status, method, then) => {
  const options = { method, ...(method === "HEAD" ? {} : { body: "x" }), headers: { authorization: "secret" } };
  const code = `const { url, redirected } = await fetch(${to(status, "/end#part")}, ${JSON.stringify(options)}); return [url, redirected]`;
  expect(await run(code)).toMatchObject({ result: [`http://api.test:${port}/end`, true] });
  const type = then === "GET" || then === "HEAD" ? "-" : "text/plain;charset=UTF-8";
  expect(seen[1]).toBe(`${then} api.test/end secret ${type}`);
});

test("fetch keeps what is secret from other origins, and follows only as far as the list allows", async () => {
  const other = `http://other.test:${port}/end`;
  await run(`await fetch(${to(302, other)}, { headers: { authorization: "secret" } })`);
  expect(seen[1]).toBe("GET other.test/end - -");
  for (const target of ["http://evil.test/", "http://127.0.0.1/", "file:///etc/passwd"]) {
    const { error } = await run(`await fetch(${to(302, target)})`);
    expect(error).toMatchObject({ name: "TypeError", message: expect.stringMatching(/^fetch failed: /) });
  }
  const denied = `const why = await fetch("http://evil.test/").catch((error) => error); return [why.name, why.message]`;
  expect((await run(denied)).result).toEqual([
    "TypeError",
    `fetch failed: the tenant does not allow calls to evil.test, but to api.test:${port}, other.test:${port}; an owner adds it to httpAllow with PUT /api/v1/tenant-settings`,
  ]);
});

test("fetch gives a redirect to code that wants it, and an error to code that does not", async () => {
  const manual = `const answer = await fetch(${to(302, "/end")}, { redirect: "manual" }); return [answer.status, answer.headers.get("location"), answer.redirected, await answer.text()]`;
  expect(await run(manual)).toMatchObject({ result: [302, "/end", false, "body"] });
  expect((await run(`await fetch(${to(302, "/end")}, { redirect: "error" })`)).error).toMatchObject({
    message: "fetch failed: the answer is a redirect",
  });
  expect(seen).toHaveLength(2);
});

test("a call that code aborts leaves the connection at once, and bodies are bounded", async () => {
  const aborted = `const c = new AbortController(); const open = fetch(${at("/never")}, c); setTimeout(() => c.abort(), 100); await open`;
  expect((await run(aborted)).error).toMatchObject({ name: "AbortError" });
  while (closed < 1) await new Promise(setImmediate);
  expect((await run(`await fetch(${at("/large")})`)).error).toMatchObject({
    message: "fetch failed: the response has more than 1048576 bytes",
  });
  const large = `await fetch(${at("/echo")}, { method: "POST", body: new Uint8Array(1048577) })`;
  expect((await run(large)).error).toMatchObject({
    message: expect.stringContaining("the body may have 1048576 bytes"),
  });
  const most = `return (await (await fetch(${at("/echo")}, { method: "POST", body: new Uint8Array(1048576) })).bytes()).length`;
  expect(await run(most)).toMatchObject({ result: 1_048_576 });
});

test.each([
  ["a header that splits", { headers: { a: "b\r\nc: d" } }],
  ["a header of the connection", { headers: { "transfer-encoding": "chunked" } }],
  ["a method for tunnels", { method: "CONNECT" }],
  ["a method with a line break", { method: "GET / HTTP/1.1\r\n" }],
  ["a body that is not base64", { body: "*" }],
  ["another member", { agent: false }],
  ["another way to redirect", { redirect: "always" }],
  ["a URL of another kind", { url: "data:,x" }],
])("the host checks what comes around the sandbox's own checks: %s", async (_what, members) => {
  const gateway = new HttpGateway({
    maxConcurrent: 1,
    timeoutMs: 1000,
    allowListOf: async () => [`api.test:${port}`],
    onCall: () => undefined,
    onDenied: () => undefined,
    resolve: async () => ["127.0.0.1"],
    isAllowedAddress: () => true,
  });
  const request = { url: `http://api.test:${port}/`, method: "GET", headers: {}, redirect: "follow", ...members };
  const source = { tenantId: "t", workspaceId: "w" };
  const call = { call: 1, kind: "fetch", request: JSON.stringify(request) } as const;
  const { error } = await gateway.answer(source, performance.now(), call, new AbortController().signal);
  expect(JSON.parse(error ?? "")).toMatchObject({ name: "HttpError" });
  expect(seen).toEqual([]);
});
