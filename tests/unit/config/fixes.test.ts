import { fixesOf, leftOver, mistakes, uncured } from "../../support/wrong-values";

const all = mistakes(9);

describe("the command of a message", () => {
  it("solves the problem, for every key and common mistakes", () => {
    expect(all.flatMap(({ config }) => fixesOf(config)).length).toBeGreaterThan(400);
    expect(all.flatMap(({ config }) => uncured(config))).toEqual([]);
  });

  it("leads, with the following ones, to a configuration without problems", () => {
    expect(all.flatMap(({ config }) => leftOver(config))).toEqual([]);
  });
});
