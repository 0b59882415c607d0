import { merge, without } from "../../../config/merge";
import { closest } from "@nexus/host";

describe("the word that was probably meant", () => {
  const words = ["kernel", "postgres", "networking", "namespace", "nexus"];

  it.each([
    ["kernle", "kernel"],
    ["Kernel", "kernel"],
    ["postgre", "postgres"],
    ["networkng", "networking"],
    ["nexsu", "nexus"],
    ["postgrse", "postgres"],
  ])("%s means %s", (typed, meant) => {
    expect(closest(typed, words)).toBe(meant);
  });

  it.each(["x", "observability", ""])('"%s" means none of them', (typed) => {
    expect(closest(typed, words)).toBeUndefined();
  });
});

describe("a stack's settings on top of a preset", () => {
  it("override it key by key; null and lists replace the whole value", () => {
    const preset = { kernel: { limits: { cpu: "2", memory: "2Gi" }, ports: [1, 2] }, quotas: { pods: 5 } };
    const stack = { kernel: { limits: { cpu: "4" }, ports: [3] }, quotas: null };
    expect(merge(preset, stack)).toEqual({
      kernel: { limits: { cpu: "4", memory: "2Gi" }, ports: [3] },
      quotas: null,
    });
  });

  it("can lose one key and keep the others", () => {
    expect(without({ a: { b: 1, c: 2 }, d: 3 }, ["a", "b"])).toEqual({ a: { c: 2 }, d: 3 });
    expect(without({ a: 1 }, ["x", "y"])).toEqual({ a: 1 });
  });
});
