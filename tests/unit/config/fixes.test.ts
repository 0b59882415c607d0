import { fixesOf, leftOver, mistakes, uncured } from "../../support/wrong-values";

const all = mistakes(9);

describe("the command of a message", () => {
  it("takes the problem away, for every key and the mistakes of people", () => {
    expect(all.flatMap(({ config }) => fixesOf(config)).length).toBeGreaterThan(400);
    expect(all.flatMap(({ config }) => uncured(config))).toEqual([]);
  });

  it("leads, with those that follow, to a configuration without problems", () => {
    expect(all.flatMap(({ config }) => leftOver(config))).toEqual([]);
  });
});
