import type { Workspace } from "../src/api/types";
import { formatMemory } from "../src/format";
import { arrange, type Order } from "../src/workspace-order";

const MIB = 1024 * 1024;

function workspace(name: string, createdAt: number, lastActiveAt: number): Workspace {
  const [created, active] = [createdAt, lastActiveAt].map((day) => new Date(day * 86_400_000).toISOString());
  const times = { createdAt: created ?? "", lastActiveAt: active ?? "" };
  return { id: name, name, state: "stopped", stopReason: "idle", memoryBytes: 0, ownerPod: null, ...times };
}

const all = [workspace("Plan 10", 1, 9), workspace("plan 9", 2, 5), workspace("Ｂudget", 3, 3)];
const names = (search: string, order: Order) => arrange(all, search, order).map(({ name }) => name);

test.each<[Order, readonly string[]]>([
  ["newest", ["Ｂudget", "plan 9", "Plan 10"]],
  ["lastActive", ["Plan 10", "plan 9", "Ｂudget"]],
  ["name", ["Ｂudget", "plan 9", "Plan 10"]],
])("workspaces in the order %s", (order, expected) => {
  expect(names("", order)).toEqual(expected);
});

test("a search finds names in any case and width, and nothing else", () => {
  expect(names(" PLAN ", "newest")).toEqual(["plan 9", "Plan 10"]);
  expect(names("bud", "newest")).toEqual(["Ｂudget"]);
  expect(names(".*", "newest")).toEqual([]);
});

test.each([
  ["running", 2 * MIB, 32 * MIB, "2 MiB of 32 MiB"],
  ["running", 2 * MIB, undefined, "2 MiB"],
  ["running", 0, 32 * MIB, "none yet, at most 32 MiB"],
  ["stopped", 0, 32 * MIB, "none"],
] as const)("memory of a workspace that is %s with %s bytes, limit %s: %s", (state, memoryBytes, limit, text) => {
  expect(formatMemory({ state, memoryBytes }, limit)).toBe(text);
});
