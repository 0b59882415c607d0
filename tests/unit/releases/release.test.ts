import {
  type Release,
  type ReleaseContent,
  releaseData,
  type ReleaseOrigin,
  releasesIn,
  secretHash,
  withRelease,
} from "../../../components/releases/release";

const content: ReleaseContent = {
  configuration: { "nexus:topology": "full" },
  secretKeys: ["nexus:openaiApiKey"],
  secrets: { OPENAI_API_KEY: "0123456789ab" },
  images: { "workspace-kernel": "registry.invalid/kernel@sha256:aa" },
  schema: { "workspace-kernel": "0007_drills" },
};
const origin: ReleaseOrigin = { at: "2030-01-31T12:00:00.000Z", by: "ada", commit: "c0ffee", rollbackTo: null };
const first: Release = { number: 1, ...origin, ...content };

const changes: [what: string, change: Partial<ReleaseContent>][] = [
  ["an image", { images: { "workspace-kernel": "registry.invalid/kernel@sha256:bb" } }],
  ["a setting", { configuration: { "nexus:topology": "mono" } }],
  ["a secret", { secrets: { OPENAI_API_KEY: "ffffffffffff" } }],
  ["a migration", { schema: { "workspace-kernel": "0008_more" } }],
];

describe("F7: a release", () => {
  it.each(changes)("is recorded when %s changed", (_what, change) => {
    const later = { ...origin, at: "2030-02-01T00:00:00.000Z" };
    expect(withRelease([first], { ...content, ...change }, later)).toEqual([
      first,
      { number: 2, ...later, ...content, ...change },
    ]);
  });

  it("is not recorded by an update that changes nothing, whoever makes it and when", () => {
    const other = { at: "2031-01-01T00:00:00.000Z", by: "bob", commit: "beef", rollbackTo: 1 };
    expect(withRelease([first], content, other)).toEqual([first]);
    expect(
      withRelease([first], { ...content, schema: { ...content.schema, "graphstudio-backend": undefined } }, other),
    ).toEqual([first]);
  });

  it("gets a number that no release had, also when the record was lost", () => {
    expect(withRelease([], content, origin, 41).map(({ number }) => number)).toEqual([42]);
  });

  it("is kept as long as the object has room for it: 100 of them, or fewer large ones", () => {
    let all: readonly Release[] = [];
    for (let i = 0; i < 120; i += 1) all = withRelease(all, { ...content, configuration: { i: String(i) } }, origin);
    expect([all.length, all[0]?.number, all.at(-1)?.number]).toEqual([100, 21, 120]);
    const large = { ...content, configuration: { text: "x".repeat(200_000) } };
    for (const i of [1, 2, 3, 4]) all = withRelease(all, { ...large, secretKeys: [String(i)] }, origin);
    expect(all.map(({ number }) => number)).toEqual([123, 124]);
    expect(JSON.stringify(releaseData(all)).length).toBeLessThan(1_000_000);
  });

  it("is read again as it was written, and what somebody put beside it by hand is left out", () => {
    const second = { ...first, number: 10 };
    const data = {
      ...releaseData([first, second]),
      "2": "no JSON",
      "3": "null",
      "4": JSON.stringify(first),
      note: "{}",
    };
    expect(releasesIn(data)).toEqual([first, second]);
  });

  it("shows that a secret changed, and not what it is", () => {
    const hash = secretHash("OPENAI_API_KEY", "sk-0123456789");
    expect(hash).toMatch(/^[0-9a-f]{12}$/);
    expect(secretHash("OPENAI_API_KEY", "sk-0123456789")).toBe(hash);
    expect(secretHash("OPENAI_API_KEY", "sk-0123456780")).not.toBe(hash);
    expect(secretHash("ANTHROPIC_API_KEY", "sk-0123456789")).not.toBe(hash);
  });
});
