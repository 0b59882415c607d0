import { accountOf, NO_TOKEN } from "../src/api/brought-token";

const tokenOf = (claims: object) =>
  `x.${Buffer.from(JSON.stringify({ sub: "ada", ...claims })).toString("base64url")}.x`;

test.each([
  [{}, "owner"],
  [{ tid: "looms" }, "member"],
  [{ tid: "looms", role: "owner" }, "owner"],
  [{ org_id: "looms", role: "admin" }, "admin"],
  [{ tid: "looms", role: "member" }, "member"],
  [{ tid: "looms", role: "viewer" }, "viewer"],
  [{ role: "viewer" }, "viewer"],
  [{ tid: "looms", roles: ["viewer", "admin"] }, "admin"],
  [{ tid: "looms", role: "king", roles: ["somebody", "viewer"] }, "viewer"],
  [{ tid: "looms", roles: "owner" }, "member"],
  [{ role: "king" }, "owner"],
])("a token of another issuer with %j is one of an %s, as for the services", (claims, role) => {
  expect(accountOf(tokenOf(claims)).role).toBe(role);
});

test("without sign-in everybody is an owner", () => {
  expect(accountOf(NO_TOKEN).role).toBe("owner");
});
