import { randomUUID } from "node:crypto";
import { waitFor } from "@nexus/testkit/server-process";
import { type Client, createClient, HeldHost, startWorld, type TestKernel, type World } from "./harness";
import { createSocketClients } from "./socket-client";

let world: World;
let kernel: TestKernel;
const sockets = createSocketClients();
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
beforeEach(async () => {
  kernel = await world.start();
});
afterEach(async () => {
  sockets.closeAll();
  await world.endAll();
});
afterAll(() => world?.stop());

// Longer than all tests of this file take, on any machine.
const ada = createClient("owner", undefined, 3600);
interface Cell {
  readonly id: string;
  readonly version: number;
}
interface GraphBody {
  readonly order: string[];
  readonly cells: { readonly id: string; readonly stale: string | null }[];
}
const path = (id: string, rest = "") => `/${id}/document${rest}`;
async function add(id: string, code: string, rest: object = {}, pod = kernel): Promise<Cell> {
  const { status, body, headers } = await ada.call(pod, "POST", path(id, "/cells"), { code, ...rest });
  expect([status, headers.etag]).toEqual([201, '"1"']);
  return body as unknown as Cell;
}
const write = (id: string, cell: Cell, code: string, ifMatch?: string, client: Client = ada, pod = kernel) =>
  client.call(pod, "PUT", path(id, `/cells/${cell.id}`), { code }, undefined, ifMatch);
const run = async (id: string, cell: Cell, key?: string) =>
  await ada.call(kernel, "POST", path(id, `/cells/${cell.id}/run`), undefined, key);
const graph = async (id: string) => (await ada.call(kernel, "GET", path(id, "/graph"))).body as unknown as GraphBody;
const stale = async (id: string) =>
  Object.fromEntries((await graph(id)).cells.flatMap((cell) => (cell.stale ? [[cell.id, cell.stale]] : [])));

test("a document has its cells and runs in another session, whichever pod answers, and when all pods were lost", async () => {
  const id = await ada.create(kernel);
  const cell = await add(id, "let n = 41; console.log('x'); n + 1", { title: "Answer" });
  expect((await run(id, cell)).body).toMatchObject({ result: 42, logs: [{ message: "x" }] });
  await add(id, "# Notes", { kind: "markdown", after: null });
  await world.end(kernel);
  kernel = await world.start();
  const { body, headers } = await ada.call(kernel, "GET", path(id));
  expect(headers.etag).toBe(`"${String(body.version)}"`);
  expect(body.cells).toMatchObject([
    { kind: "markdown", code: "# Notes", run: null },
    {
      id: cell.id,
      title: "Answer",
      updatedBy: ada.userId,
      run: {
        state: "ended",
        failed: false,
        by: ada.userId,
        cellVersion: 1,
        execution: { result: 42, display: "42", rolledBack: false },
      },
    },
  ]);
});

test("a change of an older version is refused with the newer one, and without a version the last one counts", async () => {
  const id = await ada.create(kernel);
  const cell = await add(id, "1");
  expect(await write(id, cell, "2", '"1"')).toMatchObject({
    status: 200,
    headers: { etag: '"2"' },
    body: { version: 2 },
  });
  expect(await write(id, cell, "3", '"1"')).toMatchObject({
    status: 412,
    body: { code: "edit_conflict", current: { code: "2", version: 2, updatedBy: ada.userId } },
  });
  expect((await write(id, cell, "4", "*")).body).toMatchObject({ version: 3 });
  expect((await write(id, cell, "5")).body).toMatchObject({ version: 4 });
  expect(await write(id, cell, "6", "four")).toMatchObject({ status: 400, body: { code: "validation_failed" } });
  const remove = (ifMatch: string) =>
    ada.call(kernel, "DELETE", path(id, `/cells/${cell.id}`), undefined, undefined, ifMatch);
  expect((await remove('"3"')).status).toBe(412);
  expect((await remove('"4"')).status).toBe(204);
  expect(await write(id, cell, "7")).toMatchObject({ status: 404, body: { code: "cell_not_found" } });
});

test("a cell gets the id that its client chose, unless there is one", async () => {
  const id = await ada.create(kernel);
  const given = { id: randomUUID() };
  expect((await add(id, "1", given)).id).toBe(given.id);
  const again = await ada.call(kernel, "POST", path(id, "/cells"), { code: "2", ...given });
  expect(again).toMatchObject({ status: 412, body: { current: { id: given.id, code: "1" } } });
});

test("one key adds one cell and makes one run, however often it is sent", async () => {
  const id = await ada.create(kernel);
  const again = () =>
    ada.call(kernel, "POST", path(id, "/cells"), { code: "globalThis.n = (globalThis.n ?? 0) + 1" }, "k1");
  const [first, second] = [await again(), await again()];
  expect(second.body).toEqual(first.body);
  expect(second.headers["idempotency-replayed"]).toBe("true");
  const cell = first.body as unknown as Cell;
  expect([(await run(id, cell, "k2")).body.result, (await run(id, cell, "k2")).body.result]).toEqual([1, 1]);
  const runs = await ada.call(kernel, "GET", path(id, `/cells/${cell.id}/runs`));
  expect(runs.body.items).toMatchObject([{ state: "ended", execution: { result: 1 } }]);
});

test.each([
  ["a cell of more than 256 KiB", { code: "x".repeat(256 * 1024 + 1) }, "the code may have at most 256 KiB"],
  ["a zero character", { code: "\0" }, "the code must not hold the character U+0000"],
  ["a long title", { code: "", title: "x".repeat(201) }, "give a title of at most 200 characters"],
  ["another kind", { code: "", kind: "python" }, "code"],
  ["a place that is no id", { code: "", after: "first" }, "give the id of a cell"],
])("a cell that cannot be kept is refused, and nothing changes: %s", async (_name, payload, reason) => {
  const id = await ada.create(kernel);
  const { status, body } = await ada.call(kernel, "POST", path(id, "/cells"), payload);
  expect([status, body.code]).toEqual([400, "validation_failed"]);
  expect(JSON.stringify(body.errors)).toContain(reason);
  expect((await ada.call(kernel, "GET", path(id))).body).toEqual({ version: 0, order: [], cells: [] });
});

test("a cell of 256 KiB and of many bytes in a character is kept, and a text does not run", async () => {
  const id = await ada.create(kernel);
  await add(id, `'${"é".repeat(128 * 1024 - 1)}'`);
  const text = await add(id, "# A text", { kind: "markdown" });
  expect(await run(id, text)).toMatchObject({
    status: 400,
    body: { detail: "The cell is a text and cannot run; only code can" },
  });
  expect(await run(id, { id: randomUUID(), version: 1 })).toMatchObject({
    status: 404,
    body: { code: "cell_not_found" },
  });
});

test("the graph comes from the code, and what is stale runs in the order of what it needs", async () => {
  const id = await ada.create(kernel);
  const show = await add(id, "view.set('total', total); total");
  const total = await add(id, "let total = price * 3");
  const price = await add(id, "let price = 7; emit('priced')");
  expect(await stale(id)).toEqual({ [show.id]: "new", [total.id]: "new", [price.id]: "new" });
  const runStale = async () => (await ada.call(kernel, "POST", path(id, "/run-stale"))).body;
  expect(await runStale()).toMatchObject({ ran: [price, total, show].map(({ id: cellId }) => ({ cellId })), left: [] });
  const { body } = await ada.call(kernel, "GET", path(id, "/graph"));
  expect(body).toMatchObject({
    order: [price.id, total.id, show.id],
    edges: [
      { from: total.id, to: show.id, names: ["total"] },
      { from: price.id, to: total.id, names: ["price"] },
    ],
    cycles: [],
    doubles: [],
    cells: [
      { id: show.id, declares: [], uses: ["view", "total"], panels: ["total"], stale: null },
      { declares: ["total"] },
      { declares: ["price"], events: ["priced"] },
    ],
  });
  await write(id, price, "let price = 8");
  expect(await stale(id)).toEqual({ [price.id]: "changed", [total.id]: "input", [show.id]: "input" });
  await run(id, price);
  expect(await stale(id)).toEqual({ [total.id]: "input", [show.id]: "input" });
  await runStale();
  expect(await stale(id)).toEqual({});
  expect((await ada.call(kernel, "GET", `/${id}/panels/total`)).body).toMatchObject({ state: 24 });
  await write(id, total, "let total = missing");
  expect(await runStale()).toMatchObject({
    ran: [{ cellId: total.id, error: { name: "ReferenceError" } }],
    left: [total.id, show.id],
  });
  expect(await stale(id)).toEqual({ [total.id]: "failed", [show.id]: "input" });
});

test("a cell imports a cell whose title is a file name, and is stale when that has changed", async () => {
  const id = await ada.create(kernel);
  const util = await add(id, "export const price = (n: number): number => n * rate;", { title: "util.ts" });
  const show = await add(id, "import { price } from './util.js';\nprice(3)");
  const rate = await add(id, "let rate: number = 2");
  await run(id, rate);
  expect((await run(id, show)).body).toMatchObject({ result: 6 });
  expect(await stale(id)).toEqual({});
  const { body } = await ada.call(kernel, "GET", path(id, "/graph"));
  expect(body).toMatchObject({
    edges: [
      { from: rate.id, to: util.id, names: ["rate"] },
      { from: util.id, to: show.id, names: ["price"] },
    ],
    cells: [{}, { id: show.id, imports: [{ file: "util.js", names: ["price"] }] }, {}],
  });
  const put = { code: "export const price = (n: number) => n + rate; enum A {}", title: "util.ts" };
  const change = () => ada.call(kernel, "PUT", path(id, `/cells/${util.id}`), put);
  await change();
  expect(await stale(id)).toEqual({ [show.id]: "input" });
  expect((await run(id, show)).body.error).toMatchObject({
    code: "syntax_error",
    message: expect.stringContaining("util.ts: An enum is more than a type") as string,
  });
  put.code = "export const price = (n: number) => n + rate;";
  await change();
  expect((await ada.call(kernel, "POST", path(id, "/run-stale"))).body).toMatchObject({
    ran: [{ cellId: show.id }],
    left: [],
  });
  expect(await run(id, util)).toMatchObject({
    status: 400,
    body: { detail: "The cell is the file util.ts, which runs when another cell imports it" },
  });
});

test("code that cannot be read has no edges, says why, and other cells keep theirs", async () => {
  const id = await ada.create(kernel);
  const wrong = await add(id, "let = ;");
  await add(id, "let a = 1");
  await add(id, "a");
  const { cells, edges } = (await graph(id)) as unknown as { cells: { id: string; error?: string }[]; edges: object[] };
  expect(cells[0]).toMatchObject({ id: wrong.id, error: expect.stringContaining("Unexpected token") as string });
  expect(edges).toHaveLength(1);
});

test("two people see each other and each other's changes, on different pods", async () => {
  const other = await world.start();
  const id = await ada.create(kernel);
  const bob = createClient("owner", ada.tenantId);
  const [adas, bobs] = [await sockets.connect(kernel, ada.token), await sockets.connect(other, bob.token)];
  for (const socket of [adas, bobs]) {
    socket.send({ type: "subscribe", workspaceId: id });
    await socket.next("subscribed");
  }
  const people = (socket: typeof adas) => {
    const last = socket.messages.filter(({ type }) => type === "presence").at(-1);
    return (last?.people as { userId: string }[] | undefined)?.map(({ userId }) => userId).sort();
  };
  const both = [ada.userId, bob.userId].sort();
  await waitFor("each sees the other", async () => expect([people(adas), people(bobs)]).toEqual([both, both]));
  const cell = await add(id, "6 * 7", {}, other);
  await Promise.all([adas, bobs].map((socket) => socket.next("document", { version: 1, workspaceId: id })));
  expect(await write(id, cell, "6 * 8", '"1"', bob, other)).toMatchObject({ status: 200, headers: { etag: '"2"' } });
  await bobs.next("document", { version: 2 });
  expect((await write(id, cell, "6 * 9", '"1"', ada, other)).status).toBe(412);
  await run(id, cell);
  await bobs.next("document", { version: 4 });
  const news = await bob.call(other, "GET", path(id, "?since=2"));
  expect(news.body).toMatchObject({ version: 4, cells: [{ run: { state: "ended", execution: { result: 48 } } }] });
  bobs.close();
  await waitFor("one is gone", async () => expect(people(adas)).toEqual([ada.userId]));
});

test("changes do not wait for code that runs, and a run that is stopped is undone and told", async () => {
  const held = new HeldHost();
  await world.end(kernel);
  kernel = await world.start({}, held.options);
  const id = await ada.create(kernel);
  await held.allowFor(ada, kernel);
  const kept = await add(id, "let kept = 1");
  await run(id, kept);
  const waits = await add(id, `kept = 2; ${held.call}`);
  const running = run(id, waits);
  await held.called;
  expect((await write(id, kept, "let kept = 3")).status).toBe(200);
  expect((await ada.call(kernel, "GET", path(id))).body.cells).toMatchObject([
    { code: "let kept = 3" },
    { run: { state: "running", by: ada.userId } },
  ]);
  expect((await ada.call(kernel, "POST", `/${id}/interrupt`)).body).toEqual({ interrupted: true });
  expect((await running).body).toMatchObject({ error: { code: "stopped" }, rolledBack: true });
  held.release();
  expect(await ada.run(kernel, id, "kept")).toMatchObject({ result: 1 });
  expect((await ada.call(kernel, "POST", `/${id}/interrupt`)).body).toEqual({ interrupted: false });
  expect(await stale(id)).toMatchObject({ [waits.id]: "failed" });
});

test("a document goes through a file into another workspace", async () => {
  const [id, copy] = [await ada.create(kernel), await ada.create(kernel)];
  await add(id, "# Text", { kind: "markdown", title: "About" });
  const cell = await add(id, "1 + 1");
  await run(id, cell);
  const { body } = await ada.call(kernel, "GET", path(id, "/file"));
  const put = (to: string, file: unknown, ifMatch?: string) =>
    ada.call(kernel, "PUT", path(to, "/file"), { file }, undefined, ifMatch);
  expect(await put(copy, body.file)).toMatchObject({
    status: 200,
    body: {
      cells: [
        { kind: "markdown", title: "About", code: "# Text" },
        { id: cell.id, code: "1 + 1", run: null },
      ],
    },
  });
  expect((await ada.call(kernel, "GET", path(copy, "/file"))).body.file).toBe(body.file);
  const { body: notebook } = await ada.call(kernel, "GET", path(id, "/file?format=ipynb"));
  expect(JSON.parse(String(notebook.file))).toMatchObject({ nbformat: 4, cells: [{ cell_type: "markdown" }, {}] });
  expect((await put(copy, notebook.file)).body.cells).toMatchObject([{ version: 1, title: "About" }, { version: 1 }]);
  expect((await ada.call(kernel, "GET", path(id, "/file?format=pdf"))).status).toBe(400);
  // The same file again changes nothing, so the run stays.
  expect((await put(id, body.file)).body.cells).toMatchObject([
    { version: 1 },
    { version: 1, run: { execution: { result: 2 } } },
  ]);
  expect(await put(id, String(body.file).replace(": 1", ": 9"))).toMatchObject({
    status: 422,
    body: { code: "document_unreadable", detail: expect.stringContaining("it has version 9") as string },
  });
  expect((await put(id, body.file, '"1"')).status).toBe(412);
  expect((await put(id, "x".repeat(9 * 1024 * 1024))).status).toBe(413);
  expect((await ada.call(kernel, "GET", path(id))).body.order).toHaveLength(2);
});

test("a document outlives a stop, and whoever looks at it hears of a restore", async () => {
  const id = await ada.create(kernel);
  await add(id, "1");
  const { body: snapshot } = await ada.call(kernel, "POST", `/${id}/snapshots`, { name: "one" });
  await ada.call(kernel, "POST", `/${id}/stop`);
  const two = await add(id, "2");
  expect(await run(id, two)).toMatchObject({ status: 409, body: { code: "workspace_stopped" } });
  await ada.call(kernel, "POST", `/${id}/resume`);
  const socket = await sockets.connect(kernel, ada.token);
  socket.send({ type: "subscribe", workspaceId: id });
  await socket.next("subscribed");
  await ada.call(kernel, "POST", `/${id}/restore`, { snapshotId: snapshot.id });
  const { version } = await socket.next("document");
  const { body } = await ada.call(kernel, "GET", path(id));
  expect([body.version, body.cells]).toMatchObject([version, [{ code: "1" }]]);
});

test("the export of a tenant has the cells", async () => {
  const bob = createClient();
  const id = await bob.create(kernel);
  await bob.call(kernel, "POST", path(id, "/cells"), { code: "1", title: "T" });
  const { body } = await bob.request(kernel, "GET", "/api/v1/export");
  const lines = (body.lines as string[]).map((line) => JSON.parse(line) as object);
  expect(lines).toContainEqual(
    expect.objectContaining({ kind: "cell", workspaceId: id, cellKind: "code", code: "1", title: "T" }),
  );
});
