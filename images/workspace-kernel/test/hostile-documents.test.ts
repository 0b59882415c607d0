import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { waitFor } from "@nexus/testkit/server-process";
import { createClient, startWorld, type TestKernel, type World } from "./harness";

let world: World;
let kernel: TestKernel;

beforeAll(async () => {
  world = await startWorld();
  kernel = await world.start({ TIMEOUT_MS: "20000" });
});
afterAll(() => world?.stop());

const cellsOf = (codes: readonly string[]) =>
  `// nexus-document: 1\n${codes.map((code) => `// %%\n${code}\n`).join("\n")}`;

test("the graph of a document that names very much is bounded, and says of which cells it has no room", async () => {
  const client = createClient("owner", undefined, 600);
  const id = await client.create(kernel);
  const changes = Array.from({ length: 1000 }, (_, name) => `n${name}++`).join(";");
  const codes = ["let first = 1", ...Array.from({ length: 60 }, (_, cell) => `${changes}; first += ${cell}`)];
  expect((await client.call(kernel, "PUT", `/${id}/document/file`, { file: cellsOf(codes) })).status).toBe(200);
  interface Graph {
    readonly order: readonly string[];
    readonly cells: readonly { readonly error?: string; readonly declares: readonly string[] }[];
  }
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
