import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { UNLIMITED } from "@nexus/contract";
import { waitFor } from "@nexus/testkit/server-process";
import { createClient, startWorld, type TestKernel, type World } from "./harness";
import { tenantWith } from "./plan-tenant";

let world: World;
let kernel: TestKernel;

beforeAll(async () => {
  world = await startWorld();
  kernel = await world.start({ TIMEOUT_MS: "20000" });
});
afterAll(() => world?.stop());

const cellsOf = (codes: readonly string[]) =>
  `// nexus-document: 1\n${codes.map((code) => `// %%\n${code}\n`).join("\n")}`;

/** Reading it takes many seconds. */
const SLOW = "if(a){".repeat(41_000);

interface Graph {
  readonly order: readonly string[];
  readonly cells: readonly { readonly error?: string; readonly declares: readonly string[] }[];
}
const NOT_READ = "Not read yet: ";
/** Of each cell what it declares, or why that is not known. */
const told = (body: object) =>
  (body as Graph).cells.map(({ declares, error }) => error?.replace(/ms;.*/, "ms") ?? declares.join());

test("the graph of a document that names very much is bounded, and says of which cells it has no room", async () => {
  const client = createClient("owner", undefined, 600);
  const id = await client.create(kernel);
  const changes = Array.from({ length: 1000 }, (_, name) => `n${name}++`).join(";");
  const codes = ["let first = 1", ...Array.from({ length: 60 }, (_, cell) => `${changes}; first += ${cell}`)];
  expect((await client.call(kernel, "PUT", `/${id}/document/file`, { file: cellsOf(codes) })).status).toBe(200);
  const read = async () => (await client.call(kernel, "GET", `/${id}/document/graph`)).body as unknown as Graph;
  const graph = await read();
  expect(JSON.stringify(graph).length).toBeLessThan(1.5 * 1024 * 1024);
  expect([graph.order.length, graph.cells[0]?.declares]).toEqual([61, ["first"]]);
  const errors = graph.cells.flatMap(({ error }) => error ?? []);
  expect(errors.length).toBeGreaterThan(10);
  expect(errors.length).toBeLessThan(60);
  expect(new Set(errors)).toEqual(new Set([expect.stringContaining("use fewer names, and write this cell again")]));
  expect(await read()).toEqual(graph);
});

test("whole documents of a tenant are read one after another, while those of others are answered", async () => {
  const [greedy, modest] = [createClient(), createClient()];
  const [theirs, own] = [await greedy.create(kernel), await modest.create(kernel)];
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const { documents } = kernel.stores;
  const original = documents.read.bind(documents);
  const read = jest.spyOn(documents, "read").mockImplementation(async (id, since) => {
    if (id === theirs) await released;
    return await original(id, since);
  });
  const asked = ["", "/graph", "/file", "", "/graph", "/file"].map((part) =>
    greedy.call(kernel, "GET", `/${theirs}/document${part}`),
  );
  await waitFor("one is read", async () => expect(read).toHaveBeenCalledTimes(1));
  expect((await modest.call(kernel, "GET", `/${own}/document/graph`)).status).toBe(200);
  expect(read).toHaveBeenCalledTimes(2);
  release();
  for (const { status } of await Promise.all(asked)) expect(status).toBe(200);
  read.mockRestore();
});

test("while code of some tenants is read, documents of all others are answered, and of these as well", async () => {
  const { documents } = kernel.stores;
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const original = documents.keepFacts.bind(documents);
  const keep = jest.spyOn(documents, "keepFacts").mockImplementation(async (...about) => {
    await released;
    await original(...about);
  });
  const tenants = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const client = createClient("owner", undefined, 600);
      const id = await client.create(kernel);
      await client.call(kernel, "POST", `/${id}/document/cells`, { code: "let a = 1" });
      return { client, id };
    }),
  );
  const graphs = tenants.flatMap(({ client, id }) =>
    [1, 2, 3].map(() => client.call(kernel, "GET", `/${id}/document/graph`)),
  );
  await waitFor("one graph of each tenant is read", async () => expect(keep).toHaveBeenCalledTimes(5));
  const modest = createClient();
  const own = await modest.create(kernel);
  for (const { client, id } of [...tenants, { client: modest, id: own }])
    for (const part of ["", "/file"])
      expect((await client.call(kernel, "GET", `/${id}/document${part}`)).status).toBe(200);
  expect((await modest.call(kernel, "GET", `/${own}/document/graph`)).status).toBe(200);
  release();
  for (const { status, body } of await Promise.all(graphs)) expect([status, told(body)]).toEqual([200, ["a"]]);
  // Whoever waited for the reading has found what it read.
  expect(keep).toHaveBeenCalledTimes(5);
  keep.mockRestore();
});

test("a request reads code for as long as code may run, and a cell that takes longer is not read again", async () => {
  const quick = await world.start({ TIMEOUT_MS: "500" });
  const client = createClient("owner", undefined, 600);
  const id = await client.create(quick);
  await client.call(quick, "PUT", `/${id}/document/file`, { file: cellsOf(["let a = 1", SLOW, `${SLOW};`, "let b"]) });
  const keep = jest.spyOn(quick.stores.documents, "keepFacts");
  // In which order cells run is not known while some are not read.
  const refused = await client.call(quick, "POST", `/${id}/document/run-stale`);
  expect(refused).toMatchObject({ status: 429, body: { code: "workspace_busy" } });
  expect(refused.body.detail).toBe("Reading all code of the document takes longer than 500 ms; ask again for the rest");
  const read = async () => told((await client.call(quick, "GET", `/${id}/document/graph`)).body);
  const [later, tooLong] = [
    `${NOT_READ}Reading all code of the document takes longer than 500 ms`,
    "Reading the code took longer than 500 ms",
  ];
  expect(await read()).toEqual(["a", tooLong, later, later]);
  expect(await read()).toEqual(["a", tooLong, tooLong, later]);
  expect(await read()).toEqual(["a", tooLong, tooLong, "b"]);
  expect(keep.mock.calls.map(([, cells]) => cells.length)).toEqual([1, 1, 1, 1]);
  keep.mockClear();
  expect(await read()).toEqual(["a", tooLong, tooLong, "b"]);
  expect(keep).not.toHaveBeenCalled();
  // A new version is read.
  await client.call(quick, "PUT", `/${id}/document/file`, { file: cellsOf(["let a = 1", "let c"]) });
  expect(await read()).toEqual(["a", "c"]);
  await world.end(quick);
});

test("A56b: reading code takes running time of the day, and without any left the document shows what is known", async () => {
  const free = { ...UNLIMITED, executionSecondsPerDay: 1 };
  const PLANS = JSON.stringify({ default: "free", definitions: { free } });
  const limited = await world.start({ TIMEOUT_MS: "500", PLANS });
  const tenant = tenantWith("free");
  const id = String((await tenant.make(limited)).body.id);
  const cells = `/workspaces/${id}/document/cells`;
  for (const code of ["let a = 1", SLOW, SLOW, "let b"])
    expect((await tenant.ask(limited, "POST", cells, { code })).status).toBe(201);
  const viewer = createClient("viewer", tenant.tenantId);
  const graph = async () => await viewer.call(limited, "GET", `/${id}/document/graph`);
  for (const status of [200, 200]) expect((await graph()).status).toBe(status);
  await waitFor("the time is counted", async () =>
    expect((await tenant.usage(limited)).history).toMatchObject([{ executionSeconds: 1, executions: 0 }]),
  );
  const keep = jest.spyOn(limited.stores.documents, "keepFacts");
  const last = await graph();
  const usedUp = expect.stringContaining(`${NOT_READ}A tenant with the plan free may run code for 1 s a day`) as string;
  expect([last.status, told(last.body)]).toEqual([
    200,
    ["a", "Reading the code took longer than 500 ms", usedUp, usedUp],
  ]);
  expect(keep).not.toHaveBeenCalled();
  for (const part of ["", "/file"])
    expect((await viewer.call(limited, "GET", `/${id}/document${part}`)).status).toBe(200);
  await world.end(limited);
});

test("a tenant sends a few files of documents at one time, counted before their bodies are read", async () => {
  const [greedy, modest] = [createClient(), createClient()];
  const [theirs, own] = [await greedy.create(kernel), await modest.create(kernel)];
  const slow = [1, 2, 3].map(() => {
    const headers = {
      authorization: `Bearer ${greedy.token}`,
      "content-type": "application/json",
      "content-length": 100,
    };
    const url = `${kernel.url}/api/v1/workspaces/${theirs}/document/file`;
    const asked = request(url, { method: "PUT", agent: false, headers }).on("error", () => undefined);
    asked.write("{");
    return asked;
  });
  // Nothing is read of the one that is too many.
  const answers = slow.map(async (asked) => ((await once(asked, "response")) as [IncomingMessage])[0].statusCode);
  expect(await Promise.any(answers)).toBe(429);
  const put = (client: typeof greedy, id: string) =>
    client.call(kernel, "PUT", `/${id}/document/file`, { file: cellsOf(["1"]) });
  expect(await put(greedy, theirs)).toMatchObject({
    status: 429,
    headers: { "retry-after": "1" },
    body: { code: "rate_limited", limit: 2, usage: 2 },
  });
  expect((await put(modest, own)).status).toBe(200);
  for (const asked of slow) asked.destroy();
  await waitFor("they are forgotten", async () => expect((await put(greedy, theirs)).status).toBe(200));
});
