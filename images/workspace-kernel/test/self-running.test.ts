import { waitFor } from "@nexus/testkit/server-process";
import { createClient, HeldHost, startWorld, type TestKernel, type World } from "./harness";

let world: World;
let kernel: TestKernel;
let held: HeldHost;
/** Each test has a host of its own. */
const options = { gatewayOverrides: { resolve: () => held.options.gatewayOverrides.resolve() } };
beforeAll(async () => {
  world = await startWorld();
  kernel = await world.start({}, options);
}, 60_000);
beforeEach(() => {
  held = new HeldHost();
});
afterEach(() => held.release());
afterAll(() => world?.stop());

const ada = createClient("owner", undefined, 3600);

interface Run {
  readonly state: string;
  readonly by: string;
  readonly execution: { readonly display: string } | null;
}
interface Cell {
  readonly id: string;
  readonly version: number;
  readonly auto: boolean;
  readonly run: Run | null;
}

/** A workspace whose cells are known by a letter; those with a small letter run by themselves. */
async function workspace(codes: Readonly<Record<string, string>>) {
  const id = await ada.create(kernel);
  await held.allowFor(ada, kernel);
  const path = (rest = "") => `/${id}/document${rest}`;
  const ids = new Map<string, string>();
  const cellOf = (name: string) => path(`/cells/${String(ids.get(name))}`);
  for (const [name, code] of Object.entries(codes)) {
    const auto = name === name.toLowerCase();
    const { status, body } = await ada.call(kernel, "POST", path("/cells"), { code, auto });
    expect(status).toBe(201);
    ids.set(name, String(body.id));
  }
  const read = async (name: string, pod = kernel) =>
    ((await ada.call(pod, "GET", path())).body.cells as Cell[]).find((cell) => cell.id === ids.get(name));
  return {
    id,
    read,
    run: (name: string, client = ada, pod = kernel, key?: string) =>
      client.call(pod, "POST", `${cellOf(name)}/run`, undefined, key),
    write: (name: string, change: object) => ada.call(kernel, "PUT", cellOf(name), change),
    runs: async (name: string, pod = kernel) =>
      (await ada.call(pod, "GET", `${cellOf(name)}/runs`)).body.items as Run[],
    stale: async () => {
      const names = new Map([...ids].map(([name, id]) => [id, name]));
      const { cells } = (await ada.call(kernel, "GET", path("/graph"))).body as unknown as {
        cells: { id: string; stale: string | null }[];
      };
      return cells.flatMap(({ id, stale }) => (stale ? [`${String(names.get(id))} ${stale}`] : []));
    },
    ran: (name: string, display: string, pod = kernel) =>
      waitFor(`${name} has run`, async () =>
        expect((await read(name, pod))?.run).toMatchObject({ state: "ended", execution: { display } }),
      ),
  };
}

/** Cells whose runs end after all that followed runs before them: one chain of a workspace begins after the other. */
const LAST = { Y: "let last = 1", z: "last" };

test("cells that run by themselves follow a run in their order, once, on any pod, in the name of who ran it", async () => {
  const other = await world.start();
  const bob = createClient("owner", ada.tenantId);
  const { run, ran, runs, stale, id } = await workspace({
    c: "view.set('total', total); total",
    b: "let total = price * 3; total",
    A: "let price = 7; emit('priced')",
    M: "price + 1",
    d: "typeof M",
  });
  expect((await run("A", bob, other)).status).toBe(200);
  await ran("c", "21");
  const [total, shown] = [await runs("b"), await runs("c")];
  expect([total, shown]).toMatchObject([[{ by: bob.userId }], [{ by: bob.userId }]]);
  expect([total.length, shown.length]).toEqual([1, 1]);
  expect(await stale()).toEqual(["M new", "d new"]);
  expect((await ada.call(kernel, "GET", `/${id}/panels/total`)).body).toMatchObject({ state: 21 });
});

test("nothing follows a run that failed, or a follower that failed, and its other followers run", async () => {
  const { run, ran, stale, write } = await workspace({
    A: "let a = globalThis.n ??= missing",
    b: "let b = a; null.x",
    c: "b",
    d: "a",
    ...LAST,
  });
  expect((await run("A")).body).toMatchObject({ error: { name: "ReferenceError" } });
  await run("Y");
  await ran("z", "1");
  expect(await stale()).toEqual(["A failed", "b new", "c new", "d new"]);
  await write("A", { code: "let a = 2" });
  await run("A");
  await ran("d", "2");
  expect(await stale()).toEqual(["b failed", "c new"]);
});

test("a follower that somebody runs, writes or switches off meanwhile does not run a second time", async () => {
  const { run, ran, read, runs, write, stale } = await workspace({
    A: "let a = 1",
    b: `let b = a; ${held.call}`,
    c: "let c = a + b; c",
    d: "a + b + 10",
    e: "a + b + 20",
    f: "c",
    ...LAST,
  });
  await run("A");
  await held.called;
  await write("d", { code: "a + b + 11" });
  await write("e", { auto: false });
  const execute = jest.spyOn(kernel.holder, "execute");
  const byHand = run("c");
  await waitFor("it waits for its turn", async () => expect(execute).toHaveBeenCalled());
  execute.mockRestore();
  held.release();
  expect((await byHand).body).toMatchObject({ display: "2" });
  // What follows it is its own.
  await ran("f", "2");
  await run("Y");
  await ran("z", "1");
  expect((await runs("c")).length).toBe(1);
  expect([(await read("d"))?.run, (await read("e"))?.run]).toEqual([null, null]);
  expect(await stale()).toEqual(["d new", "e new"]);
});

test.each([
  ["the run is stopped", ["/interrupt"]],
  ["the workspace is stopped", ["/stop", "/resume"]],
])("nothing more follows after %s", async (_name, acts) => {
  const { id, run, ran, read } = await workspace({ A: "let a = 1", b: `a; ${held.call}`, c: "a + 1", ...LAST });
  await run("A");
  await held.called;
  for (const act of acts) expect((await ada.call(kernel, "POST", `/${id}${act}`)).status).toBe(200);
  held.release();
  expect((await run("Y")).status).toBe(200);
  await ran("z", "1");
  expect((await read("c"))?.run).toBeNull();
});

test("what a lost pod has left follows when the request is sent again", async () => {
  const { run, ran, read, runs } = await workspace({ A: "let a = 5; a", b: `let b = a; ${held.call}; b`, c: "b + 1" });
  await run("A", ada, kernel, "k1");
  await held.called;
  await world.end(kernel);
  held.release();
  kernel = await world.start({}, options);
  expect((await read("c"))?.run).toBeNull();
  const again = await run("A", ada, kernel, "k1");
  expect([again.headers["idempotency-replayed"], again.body.display]).toEqual(["true", "5"]);
  await ran("c", "6");
  expect((await runs("A")).length).toBe(1);
});

test("what follows ends after the time of one execution, and the rest stays stale", async () => {
  const slow = (n: number) => `let n${n} = n${n - 1}; for (const end = Date.now() + 400; Date.now() < end; );`;
  const { run, ran, read, stale } = await workspace({
    A: "let n0 = 1",
    ...Object.fromEntries([..."bcdef"].map((name, index) => [name, slow(index + 1)])),
    ...LAST,
  });
  await run("A");
  await run("Y");
  await ran("z", "1");
  expect((await read("b"))?.run).toMatchObject({ state: "ended" });
  expect(await stale()).toContain("f new");
});

test("a cell of a snapshot of the release before does not run by itself", async () => {
  const { id, read } = await workspace({ a: "1" });
  const { body: snapshot } = await ada.call(kernel, "POST", `/${id}/snapshots`, { name: "before" });
  await world.postgres.query(
    `update kernel.snapshots set document = replace(document, ',"auto":true', '') where workspace_id = '${id}'`,
  );
  expect((await ada.call(kernel, "POST", `/${id}/restore`, { snapshotId: snapshot.id })).status).toBe(200);
  expect(await read("a")).toMatchObject({ auto: false });
});

test("switching a cell makes nothing stale, and who writes its text without it leaves it as it is", async () => {
  const { run, read, write, stale } = await workspace({ A: "let a = 1" });
  await run("A");
  expect((await write("A", { auto: true })).body).toMatchObject({ auto: true, version: 1, code: "let a = 1" });
  expect(await stale()).toEqual([]);
  await write("A", { code: "let a = 2", title: "T" });
  await write("A", { code: "let a = 3" });
  expect(await read("A")).toMatchObject({ auto: true, version: 3, title: "T", code: "let a = 3" });
});
