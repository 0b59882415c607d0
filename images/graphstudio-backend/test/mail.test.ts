import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import type { Backend } from "../src/backend";
import { BackendWorld, Browser, newEmail, PASSWORD } from "./backend-world";
import { Mailbox } from "./mailbox";

const mailbox = new Mailbox();
let world: BackendWorld;
let settings: Record<string, string>;
let owner: Browser;
let tenantId: string;
const started: Backend[] = [];

beforeAll(async () => {
  settings = await mailbox.start();
  world = await BackendWorld.start(settings);
  started.push(await world.startBackend());
}, 30_000);
beforeEach(async () => {
  owner = new Browser(world);
  const [withoutMails = world.backend] = started;
  await world.at(withoutMails, () => owner.signUp());
  tenantId = String((await owner.ask("POST", "/account/tenants", { name: "Engines" })).body.id);
});
afterAll(async () => {
  for (const backend of started) await backend.close();
  await world?.stop();
  await mailbox.stop();
});

const invite = (email: string) =>
  owner.ask("POST", `/account/tenants/${tenantId}/invitations`, { email, role: "viewer" });
const forget = (email: string) => world.ask("POST", "/auth/password/forget", { email });
const reset = (token: string, password = "another good horse") =>
  world.ask("POST", "/auth/password/reset", { token, password });

/** What follows is asked of a backend with other settings. */
async function withSettings<T>(more: Record<string, string>, work: () => Promise<T>): Promise<T> {
  const pod = await world.startBackend({ ...settings, ...more });
  started.push(pod);
  return await world.at(pod, work);
}

test("an invitation goes out by mail, with a link that works", async () => {
  const bob = new Browser(world);
  expect(await invite(bob.email)).toMatchObject({ status: 201, body: { mailed: true } });
  const { text, token } = await mailbox.link(bob.email, "join");
  expect(mailbox.of(bob.email)).toMatchObject([{ from: "nexus@example.com", to: [bob.email], user: "nexus" }]);
  expect(text).toContain("Subject: Invitation to Engines on Nexus");
  expect(text).toContain(`${owner.email} invites you to "Engines"`);
  expect(await bob.signUp({ invitation: token })).toMatchObject({
    status: 201,
    body: { user: { tenantId, role: "viewer" } },
  });
});

test("the name of a tenant adds neither a header nor a recipient", async () => {
  tenantId = String(
    (await owner.ask("POST", "/account/tenants", { name: "Bcc: x@example.com, <y@example.com>" })).body.id,
  );
  const email = newEmail();
  expect((await invite(email)).body).toMatchObject({ mailed: true });
  expect(mailbox.of(email)).toMatchObject([{ to: [email] }]);
  expect(mailbox.of("x@example.com")).toEqual([]);
});

test.each([
  ["is away", { MAIL_PORT: "1" }],
  ["refuses the password", { MAIL_PASSWORD: "wrong" }],
  ["cannot encrypt and should", { MAIL_ENCRYPTION: "starttls" }],
])("where the mail server %s, the invitation is there all the same and its link is shown", async (_what, more) => {
  const bob = new Browser(world);
  const { status, body } = await withSettings(more, () => invite(bob.email));
  expect({ status, mailed: body.mailed }).toEqual({ status: 201, mailed: false });
  expect((await bob.signUp({ invitation: body.token })).status).toBe(202);
  expect((await bob.confirmSignUp((await mailbox.link(bob.email, "confirm-sign-up")).token)).status).toBe(201);
  expect(world.log.text()).not.toContain(String(body.token));
});

test("a mail server that takes the connection and says nothing costs some seconds, and no invitation", async () => {
  const silent: Server = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const { body } = await withSettings({ MAIL_PORT: String(port) }, () => invite(newEmail()));
  expect(body.mailed).toBe(false);
  silent.close();
});

test("a new password by mail: the link works once, the old password and all sessions end", async () => {
  const program = await world.ask("POST", "/auth/login", { email: owner.email, password: PASSWORD });
  expect((await forget(owner.email)).status).toBe(204);
  const { token } = await mailbox.link(owner.email, "new-password");
  expect((await reset(token)).status).toBe(204);
  const [row] = await world.postgres.query("select line from studio.audit_rows where line like '%\"password.reset\"%'");
  expect(JSON.parse(String(row?.line))).toMatchObject({ address: "127.0.0.1", actor: expect.any(String) as string });
  expect(await reset(token)).toMatchObject({ status: 404, body: { code: "reset_invalid" } });
  expect((await owner.renew()).status).toBe(401);
  expect((await world.ask("POST", "/auth/refresh", { refreshToken: program.body.refreshToken })).status).toBe(401);
  expect((await owner.logIn()).status).toBe(401);
  expect((await owner.logIn("another good horse")).status).toBe(200);
  const login = { email: owner.email, password: "another good horse" };
  expect((await world.ask("POST", "/auth/login", login)).status).toBe(200);
});

test("a link for a new password counts once, also at the same time", async () => {
  await forget(owner.email);
  const { token } = await mailbox.link(owner.email, "new-password");
  const answers = await Promise.all([reset(token, "the first new horse"), reset(token, "the second new horse")]);
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 404]);
});

test("a link that has run out, a foreign token and a guessable password are refused", async () => {
  await forget(owner.email);
  const { token } = await mailbox.link(owner.email, "new-password");
  expect(await reset(token, "aaaaaaaaaaaa")).toMatchObject({ status: 422, body: { code: "password_guessable" } });
  await world.postgres.query("update studio.verifications set expires_at = now() - interval '1 second'");
  for (const one of [token, "nonsense", ""]) expect((await reset(one)).status).toBe(404);
  expect((await owner.logIn()).status).toBe(200);
});

test("whether an address has an account is not told, and a mailbox gets five mails an hour at most", async () => {
  const unknown = newEmail();
  for (const email of [owner.email, unknown]) {
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 6; attempt += 1) statuses.push((await forget(email)).status);
    expect(statuses).toEqual([204, 204, 204, 204, 204, 429]);
  }
  await mailbox.link(owner.email, "new-password", 5);
  expect(mailbox.of(unknown)).toEqual([]);
});

test("neither the database nor the log holds the token of a link", async () => {
  await forget(owner.email);
  const { token } = await mailbox.link(owner.email, "new-password");
  expect(JSON.stringify(await world.postgres.query("select * from studio.verifications"))).not.toContain(token);
  expect(world.log.text()).not.toContain(token);
});

test("without a mail server nobody waits for a mail in vain", async () => {
  const other = await BackendWorld.start();
  try {
    expect(await other.ask("POST", "/auth/password/forget", { email: newEmail() })).toMatchObject({
      status: 409,
      body: { code: "mail_not_configured" },
    });
  } finally {
    await other.stop();
  }
});

test("a mail server without a sender and the studio's address stops the start", async () => {
  await expect(world.startBackend({ MAIL_HOST: "mail" })).rejects.toThrow(/MAIL_FROM[^]*STUDIO_URL/);
});
