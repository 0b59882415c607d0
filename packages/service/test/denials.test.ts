import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { captureLog } from "@nexus/testkit/log-capture";
import { type Denial, type DenialBatch, denialBatch, DENIALS_PATH, DenialReport } from "../src/denials";
import { createRegistry } from "../src/metrics";
import { isServiceToken } from "../src/service-token";

const KEYS = ["the-new-signing-key-of-these-tests-12345", "the-old-signing-key-of-these-tests-12345"];

let server: Server;
/** What the backend answers next, the last one again and again. */
let answers: (number | "nothing")[];
let batches: DenialBatch[];
let known: string[];

beforeEach(async () => {
  [answers, batches, known] = [[204], [], KEYS];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const token = request.headers.authorization?.replace("Bearer ", "") ?? "";
      void isServiceToken(token, known).then((mayCall) => {
        if (!mayCall || request.url !== DENIALS_PATH) return response.writeHead(mayCall ? 404 : 401).end();
        const status = answers.length > 1 ? answers.shift() : answers[0];
        batches.push(denialBatch.parse(JSON.parse(Buffer.concat(chunks).toString())));
        return status === "nothing" ? undefined : response.writeHead(status ?? 204).end();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  jest.restoreAllMocks();
  server.closeAllConnections();
  server.close();
});

function report() {
  const [registry, log] = [createRegistry("test"), captureLog("test")];
  const { port } = server.address() as AddressInfo;
  // The tests say when it sends.
  const made = new DenialReport({
    backendUrl: `http://127.0.0.1:${port}`,
    keys: KEYS,
    sendMs: 3_600_000,
    log: log.log,
    registry,
  });
  const lost = async () => {
    const [found] = (await registry.getSingleMetric("nexus_denials_dropped_total")?.get())?.values ?? [];
    return found?.value ?? 0;
  };
  return { made, lost, lines: log.lines };
}

const [ADA, TENANT, OTHER] = [randomUUID(), randomUUID(), randomUUID()];
const denial = (changes: Partial<Denial> = {}): Denial => ({
  tenantId: TENANT,
  actor: ADA,
  address: "192.0.2.7",
  userAgent: "curl",
  act: "PUT /api/v1/tenant-settings",
  target: {},
  ...changes,
});
const counts = () => batches.map(({ denials }) => denials.map(({ count }) => count));

test("equal denials are one with a count, and the next ones of the minute come after it", async () => {
  const clock = jest.spyOn(performance, "now").mockReturnValue(0);
  const { made } = report();
  for (let n = 0; n < 3; n += 1) made.add(denial());
  made.add(denial({ target: { workspaceId: "w" } }));
  made.add(denial({ actor: null }));
  made.add(denial({ tenantId: OTHER }));
  clock.mockReturnValue(2000);
  await made.send();
  expect(counts()).toEqual([[3, 1, 1, 1]]);
  expect(batches[0]?.denials[0]).toEqual({ ...denial(), count: 3, ageMs: 2000 });
  made.add(denial());
  clock.mockReturnValue(61_000);
  made.add(denial());
  await made.send();
  expect(batches).toHaveLength(1);
  clock.mockReturnValue(62_000);
  await made.send();
  expect(counts()).toEqual([[3, 1, 1, 1], [2]]);
  expect(batches[1]?.denials[0]?.ageMs).toBe(60_000);
  clock.mockReturnValue(200_000);
  await made.send();
  await made.close();
  expect(batches).toHaveLength(2);
});

test.each([
  ["an error", 503],
  ["a release that knows none", 404],
  ["a redirect", 302],
] as const)("what the backend did not take is sent again under the same id: %s", async (_what, status) => {
  answers = [status, 204];
  const { made, lost, lines } = report();
  made.add(denial());
  await made.send();
  made.add(denial({ tenantId: OTHER }));
  await made.send();
  expect(batches.map(({ id }) => id)).toEqual([batches[0]?.id, batches[0]?.id, batches[2]?.id]);
  expect(batches[1]?.denials).toHaveLength(1);
  expect(batches[2]?.denials).toMatchObject([{ tenantId: OTHER, count: 1 }]);
  expect(await lost()).toBe(0);
  expect(lines.map(({ message }) => message)).toEqual([
    "what was denied is not in the audit trails yet",
    "what was denied is in the audit trails again",
  ]);
  await made.close();
});

test("a tenant fills neither the memory nor the place of others, and it is told how many were dropped", async () => {
  const { made, lost } = report();
  for (let n = 0; n < 1000; n += 1) made.add(denial({ target: { workspaceId: String(n) } }));
  made.add(denial({ tenantId: OTHER }));
  await made.send();
  expect(batches.flatMap(({ denials }) => denials.map(({ tenantId }) => tenantId))).toEqual([
    ...Array.from({ length: 50 }, () => TENANT),
    OTHER,
  ]);
  expect(batches.flatMap(({ dropped }) => dropped)).toEqual([{ tenantId: TENANT, count: 950 }]);
  expect(await lost()).toBe(950);
  await made.close();
});

test("while the backend is away a bounded number waits, also of tenants without end", async () => {
  answers = [503];
  const { made, lost } = report();
  for (let n = 0; n < 5000; n += 1) made.add(denial({ tenantId: randomUUID() }));
  await made.send();
  expect(await lost()).toBe(3000);
  answers = [204];
  await made.send();
  expect(batches.slice(1).flatMap(({ denials }) => denials)).toHaveLength(2000);
  await made.close();
});

test.each([400, 413])(
  "what the backend refuses with %d is not sent for ever, and counts as dropped",
  async (status) => {
    answers = [status, 204];
    const { made, lost, lines } = report();
    made.add(denial());
    made.add(denial());
    await made.send();
    expect(await lost()).toBe(2);
    expect(lines.at(-1)).toMatchObject({ level: "error", lost: 2, reason: `answer ${status}` });
    made.add(denial({ actor: null }));
    await made.send();
    expect(counts()).toEqual([[2], [1]]);
    await made.close();
  },
);

test("what no backend would take is not sent, and takes nothing else with it", async () => {
  const { made, lost } = report();
  made.add(denial({ target: { handler: "x".repeat(301) } }));
  made.add(denial({ tenantId: "no-id" }));
  made.add(denial({ target: { handler: "\u0000\ud800\u202e" } }));
  await made.send();
  expect(batches.flatMap(({ denials }) => denials)).toMatchObject([{ count: 1 }]);
  expect(await lost()).toBe(2);
  await made.close();
});

test("a stop sends what waits, also the repeated ones of this minute", async () => {
  const { made, lost } = report();
  made.add(denial());
  await made.send();
  made.add(denial());
  made.add(denial());
  await made.close();
  expect(counts()).toEqual([[1], [2]]);
  expect(await lost()).toBe(0);
});

test("a stop does not wait for a backend that says nothing, and says what is lost", async () => {
  answers = ["nothing"];
  const { made, lost, lines } = report();
  made.add(denial());
  void made.send();
  made.add(denial({ actor: null }));
  const startedAt = performance.now();
  await made.close();
  expect(performance.now() - startedAt).toBeLessThan(8000);
  expect(await lost()).toBe(2);
  expect(lines.filter(({ level }) => level === "error")).toHaveLength(2);
});

test("in a rotation of the keys the backend may know the old one only", async () => {
  known = KEYS.slice(1);
  const { made } = report();
  made.add(denial());
  await made.send();
  expect(counts()).toEqual([[1]]);
  await made.close();
});
