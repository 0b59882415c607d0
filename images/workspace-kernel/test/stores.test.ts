import { randomUUID } from "node:crypto";
import type { Room } from "@nexus/service";
import type { WorkspaceChange } from "../src/sandbox/messages";
import type { WorkspaceWrite } from "../src/store/commit-store";
import type { StoredAnswer } from "../src/store/idempotency-store";
import { once } from "../src/store/once";
import type { Stores } from "../src/store/stores";
import { ALL, changeOf, entryOf, kinds, SELF } from "./open-stores";

/** One contract for both kinds of store. */
describe.each(kinds)("workspaces in %s", (_name, open) => {
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
  const find = (id: string) => stores.workspaces.find(id, tenantId);
  const commit = async (write: Omit<WorkspaceWrite, "change"> & { change?: WorkspaceChange }) =>
    (await stores.commits.write([{ change: undefined, ...write }])).has(write.id);
  const segments = async (id: string, epoch: number) =>
    (await stores.images.load(id, epoch))?.segments.map((segment) => new TextDecoder().decode(segment));
  const entries = (...seqs: number[]) => seqs.map((seq) => entryOf(seq));

  test("a workspace is found by its tenant alone, and listed with the newest first", async () => {
    const [one, two] = [await create("one"), await create("two")];
    expect(one).toMatchObject({ tenantId, name: "one", ownerPod: SELF.pod, ownerUrl: SELF.url, ownerAlive: true });
    expect(one).toMatchObject({ epoch: 1, memoryBytes: 0, stopped: false, stopReason: null, keepAliveMs: 0 });
    expect(await find(one.id)).toEqual(one);
    expect(await stores.workspaces.find(one.id, randomUUID())).toBeUndefined();
    expect(await stores.workspaces.list(tenantId, ALL)).toEqual({ items: [two, one], next: undefined });
    expect(await stores.workspaces.delete(one.id, randomUUID())).toBe(false);
    expect(await stores.workspaces.delete(one.id, tenantId)).toBe(true);
    expect((await stores.workspaces.list(tenantId, ALL)).items).toEqual([two]);
  });

  test("a claim and a release take effect for the epoch that was read, once, and raise it", async () => {
    const made = await stores.workspaces.insert({ tenantId, name: "demo" }, false);
    expect(made).toMatchObject({ ownerPod: null, ownerAlive: false, stopReason: "not_started", epoch: 1 });
    const claimed = await stores.workspaces.claim(made.id, 1);
    expect(claimed).toMatchObject({ epoch: 2, ownerPod: SELF.pod, stopReason: null, stoppedAt: null });
    expect(await stores.workspaces.claim(made.id, 1)).toBeUndefined();
    expect(await stores.workspaces.release(made.id, 1, "idle")).toBe(false);
    expect(await stores.workspaces.release(made.id, 2, "idle")).toBe(true);
    const released = await find(made.id);
    expect(released).toMatchObject({ epoch: 3, ownerPod: null, ownerUrl: null, stopReason: "idle", stopped: false });
    expect(released?.stoppedAt).toBeInstanceOf(Date);
  });

  test("A56b: no more workspaces of a tenant are active at once than its plan allows, however many claims come", async () => {
    const tenantId = randomUUID();
    const room = { limit: 3, plan: "team" };
    const make = (mostActive: Room | undefined, owned: boolean) =>
      stores.workspaces.insert({ tenantId, name: "demo", mostActive }, owned);
    const rows = await Promise.all(Array.from({ length: 12 }, () => make(room, false)));
    const claims = await Promise.allSettled(rows.map(({ id }) => stores.workspaces.claim(id, 1, room)));
    const taken = claims.flatMap((claim) => (claim.status === "fulfilled" && claim.value ? [claim.value] : []));
    expect(taken).toHaveLength(3);
    const full = {
      code: "limit_reached",
      message:
        "A tenant may have 3 active workspaces at once and has 3; stop one, wait until an idle one is unloaded, or change to a larger plan",
      details: { extensions: { ...room, usage: 3 } },
    };
    await expect(make(room, true)).rejects.toMatchObject(full);
    const [first] = taken;
    const free = rows.find(({ id }) => !taken.some((row) => row.id === id));
    if (!first || !free) throw new Error("no workspace is left");
    await expect(stores.workspaces.claim(free.id, 1, room)).rejects.toMatchObject(full);
    expect(await stores.usage.active(tenantId, first.id)).toEqual({ count: 2, isActive: true });
    // Another pod that takes over what is active already needs no more room.
    expect(await stores.workspaces.claim(first.id, 2, room)).toMatchObject({ epoch: 3 });
    // A claim that came too late is not refused: somebody else holds the workspace.
    expect(await stores.workspaces.claim(first.id, 2, room)).toBeUndefined();
    await stores.workspaces.release(first.id, 3, "idle");
    expect(await stores.workspaces.claim(free.id, 1, room)).toMatchObject({ epoch: 2 });
    expect(await stores.workspaces.claim(first.id, 4, undefined)).toMatchObject({ epoch: 5 });
  });

  test("a workspace that was stopped on request stays stopped until its tenant resumes it", async () => {
    const { id } = await create();
    await stores.workspaces.release(id, 1, "requested");
    expect(await stores.workspaces.claim(id, 2)).toBeUndefined();
    await stores.workspaces.resume(id, randomUUID());
    expect(await find(id)).toMatchObject({ stopped: true, stopReason: "requested" });
    await stores.workspaces.resume(id, tenantId);
    expect(await stores.workspaces.claim(id, 2)).toMatchObject({ epoch: 3 });
  });

  test("a renewal names what is still held, and takes its numbers", async () => {
    const [kept, lost] = [await create(), await create()];
    await stores.workspaces.release(lost.id, 1, "drained");
    const held = [kept, lost].map(({ id }) => ({ id, epoch: 1, memoryBytes: 7, idleMs: 3_600_000 }));
    expect(await stores.workspaces.renew(held)).toEqual(new Set([kept.id]));
    expect(await find(kept.id)).toMatchObject({ memoryBytes: 7, lastActiveAt: kept.lastActiveAt });
    expect(await find(lost.id)).toMatchObject({ memoryBytes: 0 });
    expect(await stores.workspaces.renew([])).toEqual(new Set());
  });

  test("keep-alive has an end, and 0 seconds take it back", async () => {
    const { id } = await create();
    await stores.workspaces.keepAlive(id, 60);
    const until = await find(id);
    expect(until?.keepAliveMs).toBeGreaterThan(50_000);
    expect(until?.keepAliveMs).toBeLessThanOrEqual(60_000);
    await stores.workspaces.keepAlive(id, 0);
    expect(await find(id)).toMatchObject({ keepAliveUntil: null, keepAliveMs: 0 });
  });

  test("a lock refuses a workspace that is not there, and one with another epoch", async () => {
    const { id } = await create();
    const lock = (of: string, epoch?: number) => stores.transaction(({ workspaces }) => workspaces.lock(of, epoch));
    await lock(id);
    await lock(id, 1);
    await expect(lock(id, 2)).rejects.toMatchObject({ code: "owner_moved" });
    await expect(lock(randomUUID())).rejects.toMatchObject({ code: "workspace_not_found" });
  });

  test("a transaction makes all of its changes or none", async () => {
    const { id } = await create();
    await stores.settings.put(tenantId, { httpAllow: ["before.example"] });
    const key = { scope: id, key: "k", requestHash: "h" };
    const work = (fail: boolean) =>
      stores.transaction(async ({ workspaces, handlers, settings, snapshots, idempotency }) => {
        await workspaces.lock(id);
        await workspaces.keepAlive(id, 60);
        await handlers.put(id, { name: "one", code: "1", capabilities: [] });
        await snapshots.create(id, "copy");
        await settings.put(tenantId, { httpAllow: ["after.example"] });
        await idempotency.keep(key, { status: 200, body: 1 });
        await workspaces.insert({ tenantId, name: "other" }, false);
        if (fail) throw new Error("in the middle");
      });
    const seen = async () => ({
      keptAlive: ((await find(id))?.keepAliveMs ?? 0) > 0,
      handlers: (await stores.handlers.list(id, ALL)).items.length,
      snapshots: (await stores.snapshots.list(id, ALL)).items.length,
      httpAllow: (await stores.settings.get(tenantId)).httpAllow,
      answer: await stores.idempotency.find(key),
      workspaces: (await stores.workspaces.list(tenantId, ALL)).items.length,
    });
    const before = await seen();
    await expect(work(true)).rejects.toThrow("in the middle");
    expect(await seen()).toEqual(before);
    await work(false);
    expect(await seen()).toEqual({
      keptAlive: true,
      handlers: 1,
      snapshots: 1,
      httpAllow: ["after.example"],
      answer: { status: 200, body: 1 },
      workspaces: 2,
    });
  });

  test("what a transaction changed before it failed is never seen by others", async () => {
    const { id } = await create();
    let during: ReturnType<typeof find> | undefined;
    const failing = stores.transaction(async ({ workspaces }) => {
      await workspaces.delete(id, tenantId);
      during = find(id);
      throw new Error("in the middle");
    });
    await expect(failing).rejects.toThrow("in the middle");
    expect(await during).toMatchObject({ id });
  });

  test("a commit needs the present epoch and the newest segment, and leaves its segment", async () => {
    const { id } = await create();
    expect(await commit({ id, epoch: 1, baseSeq: 0, change: changeOf("a", { full: true }) })).toBe(true);
    expect(await commit({ id, epoch: 1, baseSeq: 0, change: changeOf("x") })).toBe(false);
    expect(await commit({ id, epoch: 2, baseSeq: 1, change: changeOf("x") })).toBe(false);
    expect(await commit({ id, epoch: 1, baseSeq: 1, change: changeOf("b") })).toBe(true);
    expect(await segments(id, 1)).toEqual(["a", "b"]);
    expect(await stores.images.load(id, 1)).toMatchObject({ heapSeq: 2, memoryBytes: 1, incompatible: false });
    expect(await commit({ id, epoch: 1, baseSeq: 2, change: changeOf("all", { full: true }) })).toBe(true);
    expect(await segments(id, 1)).toEqual(["all"]);
    expect(await stores.images.load(id, 2)).toBeUndefined();
  });

  test("writes of several workspaces go together, and each one has its own result", async () => {
    const [one, two] = [await create(), await create()];
    const write = ({ id }: { id: string }, epoch: number) => ({ id, epoch, baseSeq: 0, change: changeOf(id) });
    expect(await stores.commits.write([write(one, 1), write(two, 9)])).toEqual(new Set([one.id]));
    expect(await segments(one.id, 1)).toEqual([one.id]);
    expect(await segments(two.id, 1)).toEqual([]);
  });

  test("state and panels stay until an execution replaces them", async () => {
    const { id } = await create();
    await commit({ id, epoch: 1, baseSeq: 0, change: changeOf("a", { state: { n: "1" }, panels: { p: "{}" } }) });
    await commit({ id, epoch: 1, baseSeq: 1, change: changeOf("b", { state: { n: "2" } }) });
    await commit({ id, epoch: 1, baseSeq: 2, change: changeOf("c") });
    expect((await stores.images.load(id, 1))?.data).toEqual({ state: { n: "2" }, panels: { p: "{}" }, streamSeq: 0 });
    expect(await stores.streams.panels(id)).toEqual({ seq: 0, panels: { p: "{}" } });
  });

  test("a subscriber gets the entries that it misses, or the panels when they do not lead there", async () => {
    const { id } = await create();
    const panels = { type: "panels", seq: 0, panels: {} };
    expect(await stores.streams.catchUp(id, undefined)).toEqual(panels);
    expect(await stores.streams.catchUp(randomUUID(), 0)).toEqual(panels);
    await commit({ id, epoch: 1, baseSeq: 0, change: changeOf("a", { entries: entries(1, 2, 3) }) });
    expect(await stores.streams.catchUp(id, 1)).toEqual({ type: "entries", seq: 3, entries: entries(2, 3) });
    expect(await stores.streams.catchUp(id, 3)).toEqual({ type: "entries", seq: 3, entries: [] });
    expect(await stores.streams.catchUp(id, 4)).toMatchObject({ type: "panels", seq: 3 });
    const many = Array.from({ length: 1000 }, (_, index) => index + 4);
    await commit({ id, epoch: 1, baseSeq: 1, change: changeOf("b", { full: true, entries: entries(...many) }) });
    expect(await stores.streams.catchUp(id, 2)).toMatchObject({ type: "panels", seq: 1003 });
    expect(await stores.streams.catchUp(id, 1002)).toMatchObject({ type: "entries", entries: entries(1003) });
  });

  test("handlers have versions, an order and a maximum number", async () => {
    const { id } = await create();
    const put = (name: string, code: string) =>
      stores.transaction(({ handlers }) => handlers.put(id, { name, code, capabilities: ["ext", "state:read"] }));
    expect(await put("b", "1")).toMatchObject({
      name: "b",
      version: 1,
      code: "1",
      capabilities: ["state:read", "ext"],
    });
    expect(await put("b", "2")).toMatchObject({ version: 2, code: "2" });
    await put("a", "1");
    expect((await stores.handlers.list(id, ALL)).items.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(await stores.handlers.find(id, "b")).toMatchObject({ version: 2 });
    await stores.handlers.delete(id, "a");
    expect(await stores.handlers.find(id, "a")).toBeUndefined();
    await expect(stores.handlers.delete(id, "a")).rejects.toMatchObject({ code: "handler_not_found" });
    for (let index = 1; index < 100; index += 1) await put(`n${index}`, "1");
    await expect(put("one-too-many", "1")).rejects.toMatchObject({ code: "limit_reached" });
    expect(await put("b", "3")).toMatchObject({ version: 3 });
  });

  test("a snapshot brings back heap, state, panels and handlers, and subscribers begin anew", async () => {
    const { id } = await create();
    await commit({ id, epoch: 1, baseSeq: 0, change: changeOf("old", { state: { n: "1" }, entries: entries(1) }) });
    await stores.handlers.put(id, { name: "kept", code: "1", capabilities: [] });
    const made = await stores.snapshots.create(id, "before");
    expect(made).toMatchObject({ name: "before", sizeBytes: 3 });
    await commit({ id, epoch: 1, baseSeq: 1, change: changeOf("new", { state: { n: "2" } }) });
    await stores.handlers.put(id, { name: "later", code: "2", capabilities: [] });
    await stores.snapshots.restore(id, made.id);
    expect(await segments(id, 1)).toEqual(["old"]);
    expect(await stores.images.load(id, 1)).toMatchObject({ heapSeq: 3, data: { state: { n: "1" }, streamSeq: 2 } });
    expect((await stores.handlers.list(id, ALL)).items.map(({ name }) => name)).toEqual(["kept"]);
    expect(await stores.streams.catchUp(id, 1)).toMatchObject({ type: "panels", seq: 2 });
    expect((await stores.snapshots.list(id, ALL)).items).toEqual([made]);
    await stores.snapshots.delete(id, made.id);
    await expect(stores.snapshots.delete(id, made.id)).rejects.toMatchObject({ code: "snapshot_not_found" });
    await expect(stores.snapshots.restore(id, made.id)).rejects.toMatchObject({ code: "snapshot_not_found" });
  });

  test("a workspace may have 20 snapshots, and others cannot use them", async () => {
    const [one, two] = [await create(), await create()];
    const made = await stores.snapshots.create(one.id, "1");
    for (let index = 2; index <= 20; index += 1) await stores.snapshots.create(one.id, String(index));
    await expect(stores.snapshots.create(one.id, "21")).rejects.toMatchObject({ code: "limit_reached" });
    await expect(stores.snapshots.restore(two.id, made.id)).rejects.toMatchObject({ code: "snapshot_not_found" });
  });

  test("a new workspace is filled from a snapshot or from another workspace, and goes its own way", async () => {
    const source = await create();
    await commit({ id: source.id, epoch: 1, baseSeq: 0, change: changeOf("old", { panels: { p: "1" } }) });
    const snapshot = await stores.snapshots.create(source.id, "old");
    await commit({ id: source.id, epoch: 1, baseSeq: 1, change: changeOf("new") });
    await stores.handlers.put(source.id, { name: "h", code: "1", capabilities: [] });
    const [fromSnapshot, fromLive] = [await create(), await create()];
    await stores.snapshots.fill(source.id, snapshot.id, fromSnapshot.id);
    await stores.snapshots.fillFromLive(source.id, fromLive.id);
    expect(await segments(fromSnapshot.id, 1)).toEqual(["old"]);
    expect((await stores.handlers.list(fromSnapshot.id, ALL)).items).toEqual([]);
    expect(await segments(fromLive.id, 1)).toEqual(["old", "new"]);
    expect((await stores.handlers.list(fromLive.id, ALL)).items.map(({ name }) => name)).toEqual(["h"]);
    expect((await stores.streams.panels(fromLive.id)).panels).toEqual({ p: "1" });
    expect(await commit({ id: fromLive.id, epoch: 1, baseSeq: 2, change: changeOf("more") })).toBe(true);
    expect(await segments(source.id, 1)).toEqual(["old", "new"]);
    expect((await stores.snapshots.list(source.id, ALL)).items).toEqual([snapshot]);
  });

  test("settings of a tenant are empty until it gives some", async () => {
    expect(await stores.settings.get(tenantId)).toEqual({ httpAllow: [] });
    await stores.settings.put(tenantId, { httpAllow: ["one.example"] });
    await stores.settings.put(tenantId, { httpAllow: ["two.example"] });
    expect(await stores.settings.get(tenantId)).toEqual({ httpAllow: ["two.example"] });
  });

  test("an answer is kept by an execution with its commit, and not without it", async () => {
    const { id } = await create();
    const answer = (name: string) => ({
      key: { scope: id, key: name, requestHash: "h" },
      answer: { status: 200, body: { result: name } },
    });
    expect(await commit({ id, epoch: 1, baseSeq: 0, answer: answer("one") })).toBe(true);
    expect(await commit({ id, epoch: 2, baseSeq: 0, answer: answer("two") })).toBe(false);
    expect(await stores.idempotency.find(answer("one").key)).toEqual({ status: 200, body: { result: "one" } });
    expect(await stores.idempotency.find(answer("two").key)).toBeUndefined();
    const other = stores.idempotency.find({ ...answer("one").key, requestHash: "other" });
    await expect(other).rejects.toMatchObject({ code: "idempotency_key_reused" });
  });

  test("one key makes one change, however many requests bring it at once", async () => {
    const key = { scope: tenantId, key: "k", requestHash: "h" };
    let changes = 0;
    const change = (): Promise<StoredAnswer> => {
      changes += 1;
      return Promise.resolve({ status: 201, body: { made: changes } });
    };
    const make = () =>
      once(stores, key, async ({ workspaces }) => {
        await workspaces.insert({ tenantId, name: "demo" }, false);
        return await change();
      });
    const answers = await Promise.all([make(), make(), make()]);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect((await stores.workspaces.list(tenantId, ALL)).items).toHaveLength(1);
    const later = await make();
    expect(later).toEqual({ ...answers[0], replayed: true });
    const other = once(stores, { ...key, requestHash: "other" }, change);
    await expect(other).rejects.toMatchObject({ code: "idempotency_key_reused" });
  });

  test("answers of the last 24 hours stay when old ones are forgotten", async () => {
    const key = { scope: tenantId, key: "k", requestHash: "h" };
    await stores.idempotency.keep(key, { status: 204, body: null });
    await stores.idempotency.prune();
    expect(await stores.idempotency.find(key)).toEqual({ status: 204, body: null });
  });
});
