import { groupsIn } from "../src/oidc/claims";

test.each([
  ["a claim elsewhere", { _claim_names: { groups: "src1" }, _claim_sources: { src1: { endpoint: "https://x" } } }],
  ["a mark that there are some", { hasgroups: true }],
])("a list of groups that a provider left out as too long is an error, not an empty list: %s", (_what, claims) => {
  expect(() => groupsIn(claims, "groups")).toThrow(expect.objectContaining({ code: "oidc_refused" }) as Error);
});

test("a list of groups that is there counts, whatever else is left out", () => {
  expect(groupsIn({ groups: ["a"], hasgroups: true, _claim_names: { roles: "src1" } }, "groups")).toEqual(new Set("a"));
});
