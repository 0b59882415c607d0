import { type BackendWorld, Browser, newEmail, PASSWORD } from "./backend-world";
import { PATH, type Person, SecondFactorWorld, type Somebody } from "./second-factor-world";

const people = new SecondFactorWorld();
let world: BackendWorld;
beforeEach(() => ({ backend: world } = people));

describe("a tenant that requires a second factor", () => {
  let owner: Person;
  let member: Somebody;
  let tenantId: string;
  const rule = (by: Browser, required: boolean) =>
    by.ask("PUT", `/account/tenants/${tenantId}/second-factor`, { required });

  beforeEach(async () => {
    owner = await people.protectedPerson();
    tenantId = String((await owner.ask("POST", "/account/tenants", { name: "Engines" })).body.id);
    member = await people.person();
    const { body } = await owner.ask("POST", `/account/tenants/${tenantId}/invitations`, { role: "admin" });
    expect((await member.ask("POST", "/account/invitations/accept", { token: body.token })).status).toBe(200);
    await member.renew(tenantId);
  });

  test("shows a member without one nothing but its name until they have one", async () => {
    const key = await member.ask("POST", `/account/tenants/${tenantId}/keys`, { name: "ci", scopes: ["ai.read"] });
    const { refreshToken } = (await people.logIn(member)).body;
    expect((await rule(member, true)).body.code).toBe("second_factor_off");
    expect((await rule(owner, true)).status).toBe(204);
    const renewed = await member.renew();
    expect((renewed.body.user as { tenantId: string }).tenantId).not.toBe(tenantId);
    expect(await member.renew(tenantId)).toMatchObject({ status: 403, body: { code: "second_factor_required" } });
    expect(await world.ask("POST", "/auth/refresh", { refreshToken, tenantId })).toMatchObject({ status: 403 });
    for (const [method, path, body] of [
      ["GET", "", undefined],
      ["GET", "/members", undefined],
      ["GET", "/keys", undefined],
      ["GET", "/audit", undefined],
      ["GET", "/invitations", undefined],
      ["GET", "/subscription", undefined],
      ["PUT", "", { name: "Mine" }],
    ] as const)
      expect((await member.ask(method, `/account/tenants/${tenantId}${path}`, body)).body.code).toBe(
        "second_factor_required",
      );
    expect((await world.ask("POST", "/auth/keys/check", { key: key.body.key })).status).toBe(401);
    const own = (await member.ask("GET", "/account/tenants")).body.items as { id: string }[];
    expect(own.find(({ id }) => id === tenantId)).toMatchObject({
      name: "Engines",
      permissions: [],
      requiresSecondFactor: true,
      lacksSecondFactor: true,
    });

    const { secret } = (await member.ask("POST", PATH, { password: PASSWORD })).body;
    await member.ask("POST", `${PATH}/confirm`, { code: people.codeOf(String(secret)) });
    expect(await member.renew(tenantId)).toMatchObject({ status: 200, body: { user: { tenantId } } });
    expect((await member.ask("GET", `/account/tenants/${tenantId}`)).status).toBe(200);
    expect((await world.ask("POST", "/auth/keys/check", { key: key.body.key })).status).toBe(200);
  });

  test("is made so by an owner alone, who has one, and whoever turns theirs off sees nothing any more", async () => {
    const { secret } = (await member.ask("POST", PATH, { password: PASSWORD })).body;
    await member.ask("POST", `${PATH}/confirm`, { code: people.codeOf(String(secret)) });
    expect(await rule(member, true)).toMatchObject({ status: 403, body: { code: "forbidden" } });
    await rule(owner, true);
    await member.ask("POST", `${PATH}/off`, { password: PASSWORD, code: people.codeOf(String(secret), 1) });
    expect((await member.ask("GET", `/account/tenants/${tenantId}`)).body.code).toBe("second_factor_required");
    expect((await rule(owner, false)).status).toBe(204);
    expect((await member.ask("GET", `/account/tenants/${tenantId}`)).status).toBe(200);
    const { lines } = (await owner.ask("GET", `/account/tenants/${tenantId}/audit`)).body as { lines: string[] };
    expect(lines.join("")).toMatch(/second-factor\.required[^]*second-factor\.optional/);
  });

  test("lets whoever lacks one leave, and do nothing else to its members", async () => {
    await rule(owner, true);
    const remove = (by: Browser, userId: string) => by.ask("DELETE", `/account/tenants/${tenantId}/members/${userId}`);
    for (const userId of [owner.id, (await people.person()).id])
      expect((await remove(member, userId)).body.code).toBe("second_factor_required");
    expect((await remove(member, member.id.toUpperCase())).status).toBe(204);
    expect((await remove(member, member.id)).body.code).toBe("tenant_not_found");
    const own = (await member.ask("GET", "/account/tenants")).body.items as { id: string }[];
    expect(own.map(({ id }) => id)).not.toContain(tenantId);
    const { items } = (await owner.ask("GET", `/account/tenants/${tenantId}/members`)).body;
    expect(items).toMatchObject([{ userId: owner.id }]);
    await owner.ask("POST", `${PATH}/off`, { password: PASSWORD, code: people.codeOf(owner.secret) });
    expect((await remove(owner, owner.id)).body.code).toBe("last_owner");
  });

  test("lets a new person join by invitation, who works elsewhere until they have one", async () => {
    await rule(owner, true);
    const { token } = (await owner.ask("POST", `/account/tenants/${tenantId}/invitations`, {})).body;
    const guest = new Browser(world, newEmail());
    const joined = await guest.signUp({ invitation: token });
    expect(joined.status).toBe(201);
    expect((joined.body.user as { tenantId: string }).tenantId).not.toBe(tenantId);
    expect((await guest.ask("GET", `/account/tenants/${tenantId}`)).body.code).toBe("second_factor_required");
  });
});

describe("the role of an owner, given by somebody with a second factor", () => {
  let owner: Person;
  let member: Somebody;
  let url: string;
  const invite = (by: Browser, role: string, more: object = {}) =>
    by.ask("POST", `${url}/invitations`, { role, ...more });
  const give = (by: Browser, role: string, more: object = {}) =>
    by.ask("PUT", `${url}/members/${member.id}`, { role, ...more });
  const roleOfMember = async () =>
    ((await owner.ask("GET", `${url}/members`)).body.items as { userId: string; role: string }[]).find(
      ({ userId }) => userId === member.id,
    )?.role;

  beforeEach(async () => {
    owner = await people.protectedPerson();
    url = `/account/tenants/${String((await owner.ask("POST", "/account/tenants", { name: "Engines" })).body.id)}`;
    member = await people.person();
    const { token } = (await invite(owner, "admin")).body;
    expect((await member.ask("POST", "/account/invitations/accept", { token })).status).toBe(200);
  });

  test.each([
    ["by a change", give, 204],
    ["by an invitation", invite, 201],
  ])("%s, needs a code that counts once; other roles need none", async (_how, act, done) => {
    for (const role of ["viewer", "member", "admin"]) expect((await act(owner, role)).status).toBe(done);
    for (const more of [{}, { code: "000000" }, { code: people.codeOf(owner.secret, -1) }])
      expect(await act(owner, "owner", more)).toMatchObject({ status: 422, body: { code: "code_invalid" } });
    expect(await roleOfMember()).toBe("admin");
    const code = people.codeOf(owner.secret);
    expect((await act(owner, "owner", { code })).status).toBe(done);
    expect((await act(owner, "owner", { code })).body.code).toBe("code_invalid");
    expect((await act(owner, "owner", { code: owner.recoveryCodes[0] })).status).toBe(done);
  });

  test("guesses of the code are counted and are in the trail of the platform", async () => {
    const codes: unknown[] = [];
    for (let guess = 0; guess < 6; guess += 1) codes.push((await give(owner, "owner", { code: "000000" })).body.code);
    expect(codes).toEqual([...Array<string>(5).fill("code_invalid"), "rate_limited"]);
    expect(await roleOfMember()).toBe("admin");
    const rows = await world.postgres.query(
      `select 1 from studio.audit_rows where line like '%second-factor.code%${owner.id}%'`,
    );
    expect(rows).toHaveLength(5);
  });

  test("a request that is refused for another reason uses no code up, and whoever may not make owners needs none", async () => {
    const code = people.codeOf(owner.secret);
    const stranger = await people.person();
    for (const act of [give, invite])
      expect(await act(member, "owner")).toMatchObject({ status: 403, body: { code: "forbidden" } });
    for (const act of [give, invite]) expect((await act(stranger, "owner", { code })).status).toBe(404);
    expect((await owner.ask("PUT", `${url}/members/${stranger.id}`, { role: "owner", code })).body.code).toBe(
      "member_not_found",
    );
    expect((await give(owner, "owner", { code })).status).toBe(204);
    expect((await give(member, "viewer")).status).toBe(204);
  });
});
