import { features } from "../src/features";
import { specificationKeys } from "../src/schema/validate";

describe("E5: the table of features", () => {
  const keys = [...new Set(specificationKeys())];

  it("has every key of the specification, or a lost key above it", () => {
    const lost = features.filter(({ how }) => how === "lost").map(({ key }) => `${key}.`);
    const rows = new Set(features.map(({ key }) => key));
    const missing = keys.filter((key) => !rows.has(key) && !lost.some((above) => key.startsWith(above)));
    expect(missing).toEqual([]);
    expect(keys.length).toBeGreaterThan(250);
  });

  it("has only keys of the specification, each once", () => {
    const rows = features.map(({ key }) => key);
    expect(rows.filter((key) => !keys.includes(key))).toEqual([]);
    expect(rows).toEqual([...new Set(rows)]);
  });

  it("says what to do for each loss", () => {
    expect(features.filter(({ how, advice }) => how !== "carried" && !advice)).toEqual([]);
  });
});
