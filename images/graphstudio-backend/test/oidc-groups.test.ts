import { randomUUID } from "node:crypto";
import { planLimits } from "@nexus/contract";
import type { TestOidcProvider } from "@nexus/testkit/oidc-provider";
import { type BackendWorld, Browser } from "./backend-world";
import { OidcBrowser } from "./oidc-browser";
import { OidcWorld, verified } from "./oidc-world";

const oidc = new OidcWorld();
let provider: TestOidcProvider;
let world: BackendWorld;
beforeAll(() => ({ provider, world } = oidc));

describe("groups", () => {
  let owner: Browser;
  let tenantId: string;
  const groups = () => ({
    OIDC_GROUPS: JSON.stringify({
      viewers: { tenant: tenantId, role: "viewer" },
      "/platform/admins": { tenant: tenantId, role: "admin" },
      owners: { tenant: tenantId, role: "owner" },
      gone: { tenant: randomUUID(), role: "owner" },
    }),
  });

  beforeAll(async () => {
    owner = new Browser(world);
    const { body } = await owner.signUp();
    tenantId = (body.user as { tenantId: string }).tenantId;
  });

  /** What somebody is in the tenant after a sign-in; undefined for no member. */
  async function roleWith(subject: string, claims: object, settings: Record<string, string> = {}): Promise<unknown> {
    let found: unknown;
    await oidc.withSettings({ ...groups(), ...settings }, async () => {
      await provider.know({ [subject]: { ...verified(`${subject}@example.com`), ...claims } });
      const browser = await oidc.signedIn(subject);
      const { body } = await browser.get("/account/tenants");
      found = (body.items as { id: string; role: string }[]).find(({ id }) => id === tenantId)?.role;
    });
    return found;
  }

  /** What counts for a person whose token says something else; undefined for nothing, and null for no member. */
  async function notedRole(subject: string): Promise<unknown> {
    const { rows } = await world.backend.database.query<{ role: string | null }>(
      "select role from studio.role_changes join studio.users on users.id = user_id where email = $1 and tenant_id = $2",
      [`${subject}@example.com`, tenantId],
    );
    return rows[0]?.role;
  }

  it("raise and lower a role at each sign-in, and end the membership that they made; the audit trail says so", async () => {
    expect(await roleWith("grace", { groups: ["viewers", "unknown", "__proto__", "gone"] })).toBe("viewer");
    expect(await roleWith("grace", { groups: ["viewers", "/platform/admins"] })).toBe("admin");
    expect(await roleWith("grace", { groups: ["viewers"] })).toBe("viewer");
    expect(await roleWith("grace", { groups: [] })).toBeUndefined();
    expect(await roleWith("grace", { groups: ["/platform/admins"] })).toBe("admin");
    expect(await roleWith("grace", {})).toBeUndefined();
    const found = (await oidc.acts(tenantId)).filter(({ target }) => target.cause === "group");
    expect(found.map(({ act, target }) => [act, target.role])).toEqual([
      ["member.joined", "viewer"],
      ["role.changed", "admin"],
      ["role.changed", "viewer"],
      ["member.removed", undefined],
      ["member.joined", "admin"],
      ["member.removed", undefined],
    ]);
  });

  it("count at once, whatever an earlier token says", async () => {
    for (const [name, role] of [
      ["viewers", "viewer"],
      ["/platform/admins", "admin"],
      ["unknown", null],
      ["viewers", "viewer"],
    ]) {
      await roleWith("hopper", { groups: [name] });
      expect(await notedRole("hopper")).toBe(role);
    }
  });

  it("leave a membership alone that people made", async () => {
    const token = (await owner.ask("POST", `/account/tenants/${tenantId}/invitations`, { role: "viewer" })).body.token;
    const guest = new Browser(world, "guest@example.com");
    await guest.signUp({ invitation: token });
    await oidc.setVerified(guest.email);
    expect(await roleWith("guest", { groups: ["/platform/admins"] })).toBe("viewer");
    expect(await roleWith("guest", { groups: [] })).toBe("viewer");
  });

  it("keep the last owner, who gets in all the same", async () => {
    expect(await roleWith("boss", { groups: ["owners"] })).toBe("owner");
    const { body } = await owner.renew();
    const { status } = await owner.ask(
      "DELETE",
      `/account/tenants/${tenantId}/members/${(body.user as { id: string }).id}`,
    );
    expect(status).toBe(204);
    expect(await roleWith("boss", { groups: ["viewers"] })).toBe("owner");
    expect(await roleWith("boss", { groups: [] })).toBe("owner");
    expect((await oidc.acts(tenantId)).slice(-2)).toMatchObject([
      { act: "membership.kept", outcome: "failed", target: { reason: "last_owner", role: "viewer" } },
      { act: "membership.kept", outcome: "failed", target: { reason: "last_owner", role: null } },
    ]);
  });

  it.each([
    ["one text", { groups: "viewers" }, {}, "viewer"],
    ["a path", { realm_access: { roles: ["viewers"] } }, { OIDC_GROUPS_CLAIM: "realm_access.roles" }, "viewer"],
    [
      "10,000 entries",
      { groups: [...Array.from({ length: 10_000 }, (_, at) => `group-${at}`), "viewers"] },
      {},
      "viewer",
    ],
    ["a text with several names, which is one group", { groups: "viewers,owners" }, {}, undefined],
  ])("are read as %s", async (_form, claims, settings, role) => {
    expect(await roleWith(`form-${randomUUID()}`, claims, settings)).toBe(role);
  });

  it.each([
    ["an object", { groups: { viewers: true } }],
    ["nested lists", { groups: [["owners"]] }],
    ["numbers", { groups: [1] }],
  ])("that cannot be read (%s) are an error that ends no membership", async (_form, claims) => {
    const subject = `odd-${randomUUID()}`;
    expect(await roleWith(subject, { groups: ["viewers"] })).toBe("viewer");
    await oidc.withSettings(groups(), async () => {
      await provider.know({ [subject]: { ...verified(`${subject}@example.com`), ...claims } });
      const refused = await new OidcBrowser(world).signIn(provider, subject);
      expect(refused).toMatchObject({
        status: 401,
        body: { code: "oidc_refused", detail: expect.stringMatching(/groups/) },
      });
    });
    expect(await roleWith(subject, { groups: ["viewers"] })).toBe("viewer");
  });

  it("change nothing in a suspended tenant, and the audit trail says so only where they would", async () => {
    expect(await roleWith("calm", { groups: ["viewers"] })).toBe("viewer");
    const setReason = (reason: string | null) =>
      world.backend.database.query("update studio.tenants set suspended_reason = $2 where id = $1", [tenantId, reason]);
    await setReason("Unpaid");
    try {
      for (const groups of [["viewers"], ["owners"], []]) expect(await roleWith("calm", { groups })).toBe("viewer");
      expect(await roleWith("new", { groups: ["viewers"] })).toBeUndefined();
    } finally {
      await setReason(null);
    }
    const kept = (await oidc.acts(tenantId)).filter(({ target }) => target.reason === "tenant_suspended");
    expect(kept.map(({ act, target }) => [act, target.role])).toEqual([
      ["membership.kept", "owner"],
      ["membership.kept", null],
      ["membership.kept", "viewer"],
    ]);
  });

  it("bring nobody into a tenant whose plan has no room, and keep nobody out of their account", async () => {
    const unlimited = Object.fromEntries(Object.keys(planLimits).map((name) => [name, null]));
    const small = { ...unlimited, selfService: false, members: 1 };
    const PLANS = JSON.stringify({ default: "small", definitions: { small } });
    expect(await roleWith(`late-${randomUUID()}`, { groups: ["viewers"] }, { PLANS })).toBeUndefined();
  });
});
