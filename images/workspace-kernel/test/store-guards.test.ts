import { randomUUID } from "node:crypto";
import type { Stores } from "../src/store/stores";
import { changeOf, kinds, openBuilds, SELF } from "./open-stores";

/** What the store itself refuses, whatever its callers have checked. */
const tenantId = randomUUID();
let stores: Stores;
let end: () => Promise<void>;

beforeAll(async () => {
  [stores, end] = await kinds[0][1]();
});
afterAll(() => end());

const create = () => stores.workspaces.insert({ tenantId, name: "demo" }, true);

test("A12: another tenant can neither delete a workspace nor let it go on", async () => {
  const { id } = await create();
  expect(await stores.workspaces.delete(id, randomUUID())).toBe(false);
  expect(await stores.workspaces.find(id, tenantId)).toBeDefined();
  await stores.workspaces.release(id, 1, "requested");
  await stores.workspaces.resume(id, randomUUID());
  expect(await stores.workspaces.find(id, tenantId)).toMatchObject({ stopped: true });
  expect(await stores.workspaces.delete(id, tenantId)).toBe(true);
});

test("X8: a pod that lost a workspace and got it back writes nothing under its old epoch, although nothing else changed", async () => {
  const { id } = await create();
  const change = { segment: new TextEncoder().encode("a"), full: true, memoryBytes: 1, entries: [] };
  const commit = async (epoch: number, baseSeq: number) =>
    (await stores.commits.write([{ id, epoch, baseSeq, change }])).has(id);
  expect(await commit(1, 0)).toBe(true);
  await stores.workspaces.release(id, 1, "idle");
  expect(await stores.workspaces.claim(id, 2)).toMatchObject({ epoch: 3, ownerPod: SELF.pod });
  expect(await commit(1, 1)).toBe(false);
  expect(await commit(3, 1)).toBe(true);
});

test("a heap of an earlier format is loaded, and one of another build is not", async () => {
  const builds = [
    { id: "old", reads: ["old"] },
    { id: "new", reads: ["new", "old"] },
  ];
  const [[before, now], close] = await openBuilds(builds);
  if (!before || !now) throw new Error("two builds were opened");
  const { id } = await before.workspaces.insert({ tenantId, name: "demo" }, true);
  await before.commits.write([{ id, epoch: 1, baseSeq: 0, change: changeOf("a", { full: true }) }]);
  const segments = [new TextEncoder().encode("a")];
  expect(await now.images.load(id, 1)).toMatchObject({ segments, incompatible: false, memoryBytes: 1 });
  await now.commits.write([{ id, epoch: 1, baseSeq: 1, change: changeOf("b") }]);
  expect(await now.images.load(id, 1)).toMatchObject({ segments: [...segments, new TextEncoder().encode("b")] });
  expect(await before.images.load(id, 1)).toMatchObject({ segments: [], incompatible: true, memoryBytes: 0 });
  await close();
});
