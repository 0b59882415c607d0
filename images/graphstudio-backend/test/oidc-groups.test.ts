import { randomUUID } from "node:crypto";
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

  it("bring nobody into a tenant whose plan has no room, and keep nobody out of their account", async () => {
    const plan = { selfService: false, workspaces: null, executionSecondsPerDay: null, storageMb: null };
    const small = { ...plan, members: 1, apiKeys: null, aiTokensPerDay: null };
    const PLANS = JSON.stringify({ default: "small", definitions: { small } });
    expect(await roleWith(`late-${randomUUID()}`, { groups: ["viewers"] }, { PLANS })).toBeUndefined();
  });
});
