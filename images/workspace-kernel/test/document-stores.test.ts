import { randomUUID } from "node:crypto";
import { type CellContent, MAX_CELLS } from "../src/document/cell";
import { NO_FACTS } from "../src/document/facts";
import { RUNS_PER_CELL } from "../src/document/runs";
import { failedOutcome, outcomeOf } from "../src/sandbox/messages";
import type { Stores } from "../src/store/stores";
import { toAnswer } from "../src/workspaces/answer";
import { kinds } from "./open-stores";

const content = (code: string, rest: Partial<CellContent> = {}): CellContent => ({
  title: "",
  kind: "code",
  code,
  auto: false,
  ...rest,
});
const answer = (result: string) => toAnswer({ ...outcomeOf(result, 5, false), display: result }, undefined);
const BY = "ada";

/** One contract for both kinds of store. */
describe.each(kinds)("documents in %s", (_name, open) => {
  let stores: Stores;
  let end: () => Promise<void>;
  let id: string;
  const tenantId = randomUUID();
  beforeAll(async () => {
    [stores, end] = await open();
  });
  beforeEach(async () => {
    ({ id } = await stores.workspaces.insert({ tenantId, name: "demo", most: { limit: 100 } }, true));
  });
  afterAll(() => end());

  const documents = () => stores.documents;
  const add = (code: string, after?: string | null) => documents().add(id, content(code), BY, after);
  const codes = async (workspaceId = id) => {
    const { order, cells } = await documents().read(workspaceId);
    return order.map((each) => cells.find((cell) => cell.id === each)?.code);
  };
  const run = async (cellId: string, result = "1") => {
    const runId = randomUUID();
    await documents().beginRun(id, { id: runId, cellId, by: BY });
    await documents().endRun(id, runId, answer(result));
  };

  test("a document begins empty, and cells are added where they belong", async () => {
    expect(await documents().read(id)).toEqual({ version: 0, order: [], cells: [] });
    const { cell, version } = await add("b");
    expect(version).toBe(1);
    expect(cell).toMatchObject({
      title: "",
      kind: "code",
      code: "b",
      version: 1,
      updatedBy: BY,
      facts: null,
      run: null,
    });
    expect(cell.updatedAt).toBeInstanceOf(Date);
    await add("a", null);
    await add("c", cell.id);
    await add("d");
    await add("e", randomUUID());
    expect(await codes()).toEqual(["a", "b", "c", "d", "e"]);
  });

  test("who reads only what changed misses nothing that is written meanwhile", async () => {
    for (let n = 0; n < 100; n += 1) await add(`before ${n}`);
    const known = new Map<string, string>();
    let version = 0;
    const readNews = async () => {
      const news = await documents().read(id, version);
      for (const cell of news.cells) known.set(cell.id, cell.code);
      ({ version } = news);
      return news.order;
    };
    const ids = await readNews();
    let writing = true;
    const reading = (async () => {
      while (writing) await readNews();
    })();
    for (const cellId of ids)
      await stores.transaction(({ documents: inside }) => inside.change(id, cellId, content("after"), BY, undefined));
    writing = false;
    await reading;
    await readNews();
    expect([...known.values()].filter((code) => code !== "after")).toEqual([]);
  });

  test("a change counts for the version that it is of, and a newer one is told with who wrote it", async () => {
    const { cell } = await add("one");
    const change = (code: string, expected?: number) => documents().change(id, cell.id, content(code), "bob", expected);
    expect((await change("two", 1)).cell).toMatchObject({ code: "two", version: 2, updatedBy: "bob" });
    await expect(change("three", 1)).rejects.toMatchObject({
      code: "edit_conflict",
      details: { extensions: { current: { id: cell.id, code: "two", version: 2, updatedBy: "bob" } } },
    });
    // Somebody sends the same again, because the answer was lost.
    expect((await change("two", 1)).cell).toMatchObject({ code: "two", version: 2 });
    expect((await change("four")).cell).toMatchObject({ code: "four", version: 3 });
    await expect(documents().remove(id, cell.id, 1)).rejects.toMatchObject({ code: "edit_conflict" });
    await documents().remove(id, cell.id, 3);
    await expect(change("five")).rejects.toMatchObject({ code: "cell_not_found" });
    await expect(documents().move(id, cell.id, null)).rejects.toMatchObject({ code: "cell_not_found" });
    expect(await codes()).toEqual([]);
  });

  test("whether a cell runs by itself is no version of its text, and a change that does not name it leaves it", async () => {
    const { cell, version } = await add("one");
    expect([cell.auto, await documents().hasAuto(id)]).toEqual([false, false]);
    await documents().keepFacts(id, [{ id: cell.id, version: 1, facts: NO_FACTS }]);
    // It conflicts with no text, whichever version somebody has.
    await documents().change(id, cell.id, { auto: true }, "bob", 7);
    const { cells } = await documents().read(id, version);
    expect(cells).toMatchObject([{ auto: true, version: 1, updatedBy: BY, code: "one", facts: NO_FACTS }]);
    expect(await documents().hasAuto(id)).toBe(true);
    const { cell: written } = await documents().change(id, cell.id, { code: "two" }, "bob", 1);
    expect(written).toMatchObject({ auto: true, version: 2, code: "two", updatedBy: "bob" });
    const replaced = await documents().replace(id, [{ id: cell.id, ...content("two") }], BY, undefined);
    expect(replaced.cells).toMatchObject([{ auto: false, version: 2 }]);
    const given = [
      { id: cell.id, ...content("two", { auto: true }) },
      { id: randomUUID(), ...content("new", { auto: true }) },
    ];
    const { cells: both } = await documents().replace(id, given, BY, undefined);
    expect(both.map(({ auto, version }) => [auto, version]).sort()).toEqual([
      [true, 1],
      [true, 2],
    ]);
  });

  test("two people who write one cell at once: one of them is told, and nothing is lost", async () => {
    const { cell } = await add("one");
    const write = (code: string) =>
      stores.transaction(({ documents }) => documents.change(id, cell.id, content(code), BY, 1));
    const results = await Promise.allSettled([write("ada"), write("bob")]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const kept = (await documents().find(id, cell.id)).code;
    const refused = results.find((each) => each.status === "rejected");
    expect(refused?.reason).toMatchObject({ details: { extensions: { current: { code: kept } } } });
  });

  test("whoever knows a version reads what changed after it, and the order", async () => {
    const [{ cell: one }, { cell: two, version }] = [await add("one"), await add("two")];
    expect((await documents().read(id, version)).cells).toEqual([]);
    await documents().change(id, one.id, content("more"), BY, undefined);
    await documents().move(id, two.id, null);
    const news = await documents().read(id, version);
    expect(news).toMatchObject({
      version: version + 2,
      order: [two.id, one.id],
      cells: [{ id: one.id, code: "more" }],
    });
    await run(two.id);
    expect((await documents().read(id, news.version)).cells).toMatchObject([{ id: two.id, run: { failed: false } }]);
  });

  test("a run is there while it runs, afterwards with its answer, and as interrupted when its pod was lost", async () => {
    const { cell } = await add("1");
    const runId = randomUUID();
    const begin = () => documents().beginRun(id, { id: runId, cellId: cell.id, by: BY });
    expect((await begin()).cell.code).toBe("1");
    const newest = async () => (await documents().find(id, cell.id)).run;
    expect(await newest()).toMatchObject({
      id: runId,
      cellVersion: 1,
      by: BY,
      endedAt: null,
      interrupted: false,
      answer: null,
    });
    await stores.workspaces.release(id, 1, "owner_lost");
    expect(await newest()).toMatchObject({ interrupted: true });
    await stores.workspaces.claim(id, 2);
    expect(await newest()).toMatchObject({ interrupted: true });
    await begin();
    expect(await newest()).toMatchObject({ interrupted: false, endedAt: null });
    await documents().endRun(id, runId, answer("42"));
    expect(await newest()).toMatchObject({
      answer: { result: "42", display: "42" },
      failed: false,
      interrupted: false,
    });
    // The same answer, of a request that was sent again.
    await documents().endRun(
      id,
      runId,
      toAnswer(failedOutcome({ code: "timeout", name: "", message: "", stack: "" }, 1, true), undefined),
    );
    expect(await newest()).toMatchObject({ answer: { result: "42" }, failed: false });
    expect(await documents().runs(id, cell.id)).toHaveLength(1);
    await documents().endRun(id, randomUUID(), answer("of no run"));
  });

  test("the newest runs of a cell are kept, and large answers are shortened", async () => {
    const { cell } = await add("1");
    for (let i = 0; i < RUNS_PER_CELL + 3; i += 1) await run(cell.id, `${i}`);
    const runs = await documents().runs(id, cell.id);
    expect(runs.map(({ answer }) => answer?.result)).toEqual(
      Array.from({ length: RUNS_PER_CELL }, (_, i) => `${RUNS_PER_CELL + 2 - i}`),
    );
    const runId = randomUUID();
    await documents().beginRun(id, { id: runId, cellId: cell.id, by: BY });
    await documents().endRun(id, runId, { ...answer("x".repeat(200_000)), display: "shown" });
    expect((await documents().runs(id, cell.id))[0]?.answer).toMatchObject({
      result: null,
      display: "shown",
      truncated: true,
    });
    await expect(documents().runs(id, randomUUID())).rejects.toMatchObject({ code: "cell_not_found" });
  });

  test("facts are kept for the version that they are of", async () => {
    const { cell } = await add("let n");
    const facts = { ...NO_FACTS, declares: ["n"] };
    await documents().keepFacts(id, [{ id: cell.id, version: 2, facts }]);
    expect((await documents().find(id, cell.id)).facts).toBeNull();
    await documents().keepFacts(id, [{ id: cell.id, version: 1, facts }]);
    expect((await documents().find(id, cell.id)).facts).toEqual(facts);
    const { cell: changed } = await documents().change(id, cell.id, content("let m"), BY, undefined);
    expect(changed.facts).toBeNull();
  });

  test("an import keeps the cells that are the same with their runs, and removes the others", async () => {
    const [{ cell: one }, { cell: two }, { cell: three }] = [await add("one"), await add("two"), await add("three")];
    await run(one.id);
    await run(two.id);
    const before = await documents().read(id);
    const made = { id: randomUUID(), ...content("new", { kind: "markdown", title: "T" }) };
    const cells = [made, { id: two.id, ...content("changed") }, { id: one.id, ...content("one") }];
    const late = stores.transaction(({ documents }) => documents.replace(id, cells, BY, 1));
    await expect(late).rejects.toMatchObject({ code: "edit_conflict" });
    const after = await documents().replace(id, cells, BY, before.version);
    expect(after.order).toEqual([made.id, two.id, one.id]);
    const find = (cellId: string) => after.cells.find((cell) => cell.id === cellId);
    expect(find(one.id)).toMatchObject({ version: 1, run: { answer: { result: "1" } } });
    expect(find(two.id)).toMatchObject({ version: 2, code: "changed", run: { cellVersion: 1 } });
    expect(find(made.id)).toMatchObject({ version: 1, kind: "markdown", title: "T", run: null });
    expect(find(three.id)).toBeUndefined();
    expect((await documents().read(id, before.version)).cells.map((cell) => cell.id).sort()).toEqual(
      [made.id, two.id].sort(),
    );
  });

  test("a document holds 1,000 cells and 4 MiB of code, and says so", async () => {
    const cells = Array.from({ length: MAX_CELLS }, (_, i) => ({ id: randomUUID(), ...content(`${i}`) }));
    await documents().replace(id, cells, BY, undefined);
    await expect(add("more")).rejects.toMatchObject({
      code: "limit_reached",
      message: expect.stringContaining("1000 cells") as string,
    });
    await expect(
      documents().replace(id, [...cells, { id: randomUUID(), ...content("") }], BY, undefined),
    ).rejects.toMatchObject({ code: "limit_reached" });
    const large = "x".repeat(256 * 1024);
    const full = cells.slice(0, 16).map((cell) => ({ ...cell, code: large }));
    await documents().replace(id, full, BY, undefined);
    await expect(add("x")).rejects.toMatchObject({
      code: "limit_reached",
      message: expect.stringContaining("4194304 bytes") as string,
    });
    const [first] = full;
    await documents().change(id, first?.id ?? "", content("small"), BY, undefined);
    await add("x");
  });

  test("A61c: snapshots, restores and clones carry the document with its runs", async () => {
    const { cell } = await documents().add(id, content("one", { auto: true }), BY, undefined);
    await run(cell.id, "then");
    const snapshot = await stores.snapshots.create(id, "then");
    await documents().beginRun(id, { id: randomUUID(), cellId: cell.id, by: BY });
    await documents().change(id, cell.id, content("two"), BY, undefined);
    const { cell: other } = await add("three", null);
    const { version } = await documents().read(id);
    const clone = await stores.workspaces.insert({ tenantId, name: "clone" }, false);
    await stores.snapshots.fillFromLive(id, clone.id);
    expect(await codes(clone.id)).toEqual(["three", "two"]);
    // What runs in the original does not run in the clone.
    expect((await documents().find(clone.id, cell.id)).run).toMatchObject({ answer: { result: "then" } });
    await stores.snapshots.restore(id, snapshot.id);
    const restored = await documents().read(id, version);
    expect(restored).toMatchObject({
      order: [cell.id],
      cells: [{ id: cell.id, code: "one", auto: true, version: 1, run: { answer: { result: "then" } } }],
    });
    expect(restored.version).toBeGreaterThan(version);
    await expect(documents().find(id, other.id)).rejects.toMatchObject({ code: "cell_not_found" });
    await add("after");
    expect(await codes(clone.id)).toEqual(["three", "two"]);
    const filled = await stores.workspaces.insert({ tenantId, name: "of the snapshot" }, false);
    await stores.snapshots.fill(id, snapshot.id, filled.id);
    expect(await codes(filled.id)).toEqual(["one"]);
  });

  test("a snapshot of an empty document empties it, and documents end with their workspace", async () => {
    const snapshot = await stores.snapshots.create(id, "empty");
    await add("one");
    await stores.snapshots.restore(id, snapshot.id);
    expect(await codes()).toEqual([]);
    await add("two");
    await stores.workspaces.delete(id, tenantId);
    expect((await documents().read(id)).cells).toEqual([]);
    await expect(
      stores.transaction(({ documents }) => documents.add(id, content("x"), BY, null)),
    ).rejects.toMatchObject({ code: "workspace_not_found" });
  });

  test("cells, runs and their copies count as stored", async () => {
    const own = randomUUID();
    ({ id } = await stores.workspaces.insert({ tenantId: own, name: "demo" }, true));
    const before = await stores.usage.bytes(own);
    const { cell } = await add("x".repeat(10_000));
    await run(cell.id, "y".repeat(5_000));
    const live = (await stores.usage.bytes(own)) - before;
    expect(live).toBeGreaterThan(15_000);
    await stores.snapshots.create(id, "copy");
    expect((await stores.usage.bytes(own)) - before).toBeGreaterThan(live + 15_000);
  });
});
