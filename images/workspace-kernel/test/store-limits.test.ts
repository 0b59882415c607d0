import { randomUUID } from "node:crypto";
import type { Page, PageRequest } from "@nexus/service";
import type { StreamEntry, WorkspaceChange } from "../src/sandbox/messages";
import type { WorkspaceWrite } from "../src/store/commit-store";
import type { Stores } from "../src/store/stores";
import { changeOf, entryOf, kinds } from "./open-stores";

const sizeOf = (entries: readonly StreamEntry[]) => entries.reduce((sum, { payload }) => sum + payload.length, 0);

describe.each(kinds)("limits of what is kept in %s", (_name, open) => {
  let stores: Stores;
  let end: () => Promise<void>;
  let tenantId: string;
  beforeAll(async () => {
    [stores, end] = await open();
  });
  beforeEach(() => {
    tenantId = randomUUID();
  });
  afterAll(() => end());

  const create = (name = "demo") => stores.workspaces.insert({ tenantId, name }, true);
  const commit = async (write: Omit<WorkspaceWrite, "change"> & { change: WorkspaceChange }) =>
    expect(await stores.commits.write([write])).toEqual(new Set([write.id]));

  test("a subscriber catches up page by page, whatever the size of the entries", async () => {
    const { id } = await create();
    const large = JSON.stringify("x".repeat(60 * 1024));
    const many = Array.from({ length: 14 }, (_, index) => entryOf(index + 1, large));
    await commit({ id, epoch: 1, baseSeq: 0, change: changeOf("a", { entries: many }) });
    const few = Array.from({ length: 300 }, (_, index) => entryOf(index + 15));
    await commit({ id, epoch: 1, baseSeq: 1, change: changeOf("b", { entries: few }) });
    const pages: number[] = [];
    for (let since = 0; since < 314;) {
      const page = await stores.streams.catchUp(id, since);
      if (page.type !== "entries") throw new Error("the entries are gone");
      expect(page.seq).toBe(314);
      expect(page.entries.map(({ seq }) => seq)).toEqual(page.entries.map((_, index) => since + 1 + index));
      expect(sizeOf(page.entries)).toBeLessThan(330_000);
      pages.push(page.entries.length);
      since += page.entries.length;
    }
    expect(pages.length).toBeGreaterThan(3);
    expect(pages.length).toBeLessThan(9);
  });

  test("a stream keeps its newest entries up to its size, also while no whole heap is written", async () => {
    const { id } = await create();
    const payload = JSON.stringify("x".repeat(60 * 1024));
    for (let seq = 1; seq <= 40; seq += 1)
      await commit({ id, epoch: 1, baseSeq: seq - 1, change: changeOf("a", { entries: [entryOf(seq, payload)] }) });
    expect(await stores.streams.catchUp(id, 10)).toMatchObject({ type: "panels", seq: 40 });
    expect(await stores.streams.catchUp(id, 39)).toMatchObject({ type: "entries", entries: [{ seq: 40 }] });
    const kept = await stores.usage.bytes(tenantId);
    expect(kept).toBeGreaterThan(500_000);
    expect(kept).toBeLessThan(1_300_000);
    for (let seq = 41; seq <= 1200; seq += 1)
      await commit({ id, epoch: 1, baseSeq: seq - 1, change: changeOf("a", { entries: [entryOf(seq)] }) });
    expect(await stores.streams.catchUp(id, 100)).toMatchObject({ type: "panels", seq: 1200 });
    expect(await stores.streams.catchUp(id, 1100)).toMatchObject({ type: "entries" });
  });

  test("a tenant has a maximum number of workspaces and snapshots, and is told both numbers", async () => {
    const ids: string[] = [];
    for (let count = 0; count < 25; count += 1) ids.push((await create()).id);
    await expect(create()).rejects.toMatchObject({
      code: "limit_reached",
      details: { extensions: { limit: 25, usage: 25 } },
      message: "A tenant may have 25 workspaces and has 25; delete some, or ask whoever runs the platform for more",
    });
    expect(await stores.workspaces.insert({ tenantId: randomUUID(), name: "other" }, true)).toBeDefined();
    for (let count = 0; count < 30; count += 1) await stores.snapshots.create(ids[count % 25] ?? "", "s");
    await expect(stores.snapshots.create(ids[0] ?? "", "s")).rejects.toMatchObject({
      message: "A tenant may have 30 snapshots and has 30; delete some, or ask whoever runs the platform for more",
    });
    await stores.workspaces.delete(ids[24] ?? "", tenantId);
    await create();
  });

  test("what is kept of a tenant is counted: heaps, state, panels, streams, handlers and snapshots", async () => {
    const { id } = await create();
    const counted = async (growth: number, work: () => Promise<unknown>) => {
      const before = await stores.usage.bytes(tenantId);
      await work();
      expect((await stores.usage.bytes(tenantId)) - before).toBeGreaterThanOrEqual(growth);
    };
    const text = "x".repeat(50_000);
    await counted(50_000, () => commit({ id, epoch: 1, baseSeq: 0, change: changeOf(text, { full: true }) }));
    await counted(50_000, () => commit({ id, epoch: 1, baseSeq: 1, change: changeOf("", { state: { s: text } }) }));
    await counted(50_000, () => commit({ id, epoch: 1, baseSeq: 2, change: changeOf("", { panels: { p: text } }) }));
    const entries = [entryOf(1, text)];
    await counted(50_000, () => commit({ id, epoch: 1, baseSeq: 3, change: changeOf("", { entries }) }));
    await counted(50_000, () => stores.handlers.put(id, { name: "h", code: text, capabilities: [] }));
    expect(await stores.usage.bytes(randomUUID())).toBe(0);
    const { id: other } = await create();
    await commit({ id: other, epoch: 1, baseSeq: 0, change: changeOf(text) });
    // In memory both share a heap until one of them changes.
    await counted(50_000, async () => {
      await stores.snapshots.create(other, "s");
      await commit({ id: other, epoch: 1, baseSeq: 1, change: changeOf(text, { full: true }) });
    });
    await stores.workspaces.delete(other, tenantId);
    await stores.workspaces.delete(id, tenantId);
    expect(await stores.usage.bytes(tenantId)).toBe(0);
  });

  test("lists have pages that nothing is missing from, also when the last one of a page is deleted meanwhile", async () => {
    const made: string[] = [];
    for (let count = 0; count < 7; count += 1) made.push((await create(String(count))).id);
    const id = made[0] ?? "";
    const pages = async (read: (page: PageRequest) => Promise<Page<{ readonly id: string }>>) => {
      const seen: string[][] = [];
      let after: string | undefined;
      do {
        const page: Page<{ readonly id: string }> = await read({ limit: 3, after });
        seen.push(page.items.map((item) => item.id));
        after = page.next;
      } while (after !== undefined);
      return seen;
    };
    const [g, f, e, d, c, b, a] = [...made].reverse();
    expect(await pages((page) => stores.workspaces.list(tenantId, page))).toEqual([[g, f, e], [d, c, b], [a]]);
    const first = await stores.workspaces.list(tenantId, { limit: 3 });
    await stores.workspaces.delete(e ?? "", tenantId);
    const second = await stores.workspaces.list(tenantId, { limit: 4, after: first.next });
    expect(second).toMatchObject({ items: [d, c, b, a].map((each) => ({ id: each })), next: undefined });
    const snapshots: string[] = [];
    for (let count = 0; count < 4; count += 1) snapshots.push((await stores.snapshots.create(id, "s")).id);
    expect(await pages((page) => stores.snapshots.list(id, page))).toEqual([snapshots.slice(0, 3), snapshots.slice(3)]);
    for (const name of ["b", "a", "c"]) await stores.handlers.put(id, { name, code: "1", capabilities: [] });
    const handlers = await stores.handlers.list(id, { limit: 2 });
    expect(handlers).toMatchObject({ items: [{ name: "a" }, { name: "b" }], next: "b" });
    const rest = await stores.handlers.list(id, { limit: 2, after: handlers.next });
    expect(rest).toMatchObject({ items: [{ name: "c" }], next: undefined });
    const code = "x".repeat(200 * 1024);
    for (const name of ["a", "b", "c"]) await stores.handlers.put(id, { name, code, capabilities: [] });
    expect(await stores.handlers.list(id, { limit: 500 })).toMatchObject({
      items: [{ name: "a" }, { name: "b" }],
      next: "b",
    });
  });
});
