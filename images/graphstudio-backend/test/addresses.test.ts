import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { waitFor } from "@nexus/testkit/server-process";
import type { Backend } from "../src/backend";
import { BackendWorld, Browser, newEmail, PASSWORD } from "./backend-world";
import { Mailbox } from "./mailbox";

const mailbox = new Mailbox();
let world: BackendWorld;
let settings: Record<string, string>;
let ada: Browser;
const pods: Backend[] = [];
let withoutMails: Backend;

beforeAll(async () => {
  settings = await mailbox.start();
  world = await BackendWorld.start(settings);
  withoutMails = await world.startBackend();
  pods.push(withoutMails);
}, 30_000);
afterAll(async () => {
  for (const pod of pods) await pod.close();
  await world?.stop();
  await mailbox.stop();
});
/** Somebody who signed up before there was a mail server. */
async function unverified(email = newEmail()): Promise<Browser> {
  const browser = new Browser(world, email);
  expect((await world.at(withoutMails, () => browser.signUp())).status).toBe(201);
  return browser;
}

beforeEach(async () => {
  ada = await unverified();
});

const PAGE = "confirm-address";
const confirm = (by: Browser, token: string) => by.ask("POST", "/account/address/confirm", { token });
const change = (by: Browser, email: string, password = PASSWORD) =>
  by.ask("POST", "/account/address", { email, password });
const again = (by: Browser) => by.ask("POST", "/account/address/link");
const stateOf = async (by: Browser) => (await by.ask("GET", "/account/address")).body;

test("a person gets a link that verifies their address, once, and only for them", async () => {
  const bob = await unverified();
  await again(ada);
  expect(await stateOf(ada)).toEqual({ email: ada.email, verified: false, mails: true });
  const { token } = await mailbox.link(ada.email, PAGE);
  expect(await confirm(bob, token)).toMatchObject({ status: 404, body: { code: "link_invalid" } });
  expect((await confirm(ada, token)).status).toBe(204);
  expect(await stateOf(ada)).toMatchObject({ verified: true });
  for (const one of [token, "nonsense", ""]) expect((await confirm(ada, one)).status).toBe(404);
});

test("a link is sent again at most five times an hour; it replaces the one before, and runs out", async () => {
  expect((await again(ada)).status).toBe(204);
  const { token: first } = await mailbox.link(ada.email, PAGE);
  expect((await again(ada)).status).toBe(204);
  const { token } = await mailbox.link(ada.email, PAGE, 2);
  expect((await confirm(ada, first)).status).toBe(404);
  const statuses: number[] = [];
  for (let attempt = 0; attempt < 4; attempt += 1) statuses.push((await again(ada)).status);
  expect(statuses).toEqual([204, 204, 204, 429]);
  expect((await confirm(ada, token)).status).toBe(404);
  const { token: last } = await mailbox.link(ada.email, PAGE, 5);
  await world.postgres.query("update studio.address_links set expires_at = now()");
  expect((await confirm(ada, last)).status).toBe(404);
});

test("a mailed invitation is accepted by a verified address, or with the link of the mail, which verifies it", async () => {
  const tenantId = String((await ada.ask("POST", "/account/tenants", { name: "Engines" })).body.id);
  const bob = await unverified();
  const invite = async (email: string) =>
    String((await ada.ask("POST", `/account/tenants/${tenantId}/invitations`, { email })).body.token);
  const shown = await invite(bob.email);
  const accept = (token: string) => bob.ask("POST", "/account/invitations/accept", { token });
  expect(await accept(shown)).toMatchObject({ status: 403, body: { code: "address_unverified" } });
  const carol = new Browser(world, newEmail());
  expect((await carol.signUp({ invitation: await invite(carol.email) })).status).toBe(202);
  expect((await carol.signUp({ invitation: (await mailbox.link(carol.email, "join")).token })).status).toBe(201);
  expect(await stateOf(carol)).toMatchObject({ verified: true });
  expect(mailbox.of(carol.email, PAGE)).toEqual([]);
  await again(bob);
  await confirm(bob, (await mailbox.link(bob.email, PAGE)).token);
  expect((await accept(shown)).status).toBe(200);
});

test("a new address counts once its link was opened; the old one is told, and log-in goes with the new one", async () => {
  const email = newEmail();
  expect(await change(ada, email, "wrong")).toMatchObject({ status: 401, body: { code: "credentials_invalid" } });
  expect((await change(ada, email)).status).toBe(204);
  expect(await stateOf(ada)).toMatchObject({ email: ada.email });
  await world.ask("POST", "/auth/password/forget", { email: ada.email });
  const { token: reset } = await mailbox.link(ada.email, "new-password");
  const { token } = await mailbox.link(email, PAGE);
  expect((await confirm(ada, token)).status).toBe(204);
  expect(await stateOf(ada)).toMatchObject({ email, verified: true });
  await waitFor("the old address is told", async () =>
    expect(mailbox.of(ada.email, `now has the address ${email}`)).toHaveLength(1),
  );
  expect((await world.ask("POST", "/auth/login", { email: ada.email, password: PASSWORD })).status).toBe(401);
  expect((await world.ask("POST", "/auth/login", { email, password: PASSWORD })).status).toBe(200);
  expect((await ada.renew()).body).toMatchObject({ user: { email } });
  const late = await world.ask("POST", "/auth/password/reset", { token: reset, password: "another good horse" });
  expect(late.body.code).toBe("reset_invalid");
});

test("two persons who want one address: the first link counts, and no answer tells of the other", async () => {
  const bob = await unverified();
  const email = newEmail();
  expect((await change(ada, email)).status).toBe(204);
  const { token: ours } = await mailbox.link(email, PAGE);
  expect((await change(bob, email)).status).toBe(204);
  const { token: theirs } = await mailbox.link(email, PAGE, 2);
  const answers = await Promise.all([confirm(ada, ours), confirm(bob, theirs)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 404]);
  const taken = await change(bob, (await stateOf(ada)).email as string);
  const free = await change(bob, newEmail());
  expect([taken.status, taken.body]).toEqual([free.status, free.body]);
  const rows = await world.postgres.query(`select 1 from studio.users where email = '${email}'`);
  expect(rows).toHaveLength(1);
});

test("an address that somebody has gets no mail, and a stranger's sign-up meanwhile keeps it", async () => {
  const bob = await unverified();
  await again(bob);
  await mailbox.link(bob.email, PAGE);
  expect((await change(ada, bob.email)).status).toBe(204);
  const email = newEmail();
  await change(ada, email);
  const { token } = await mailbox.link(email, PAGE);
  await unverified(email);
  expect((await confirm(ada, token)).status).toBe(404);
  expect(mailbox.of(bob.email, PAGE)).toHaveLength(1);
});

test("a new password ends a link that is on its way, and a reset by mail verifies the address", async () => {
  const email = newEmail();
  await change(ada, email);
  const { token } = await mailbox.link(email, PAGE);
  await world.ask("POST", "/auth/password/forget", { email: ada.email });
  const { token: reset } = await mailbox.link(ada.email, "new-password");
  await world.ask("POST", "/auth/password/reset", { token: reset, password: "another good horse" });
  await ada.logIn("another good horse");
  expect((await confirm(ada, token)).status).toBe(404);
  expect(await stateOf(ada)).toMatchObject({ email: ada.email, verified: true });
});

test("no request waits for a mail server that hangs, and what it did not take can be sent again", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const was = world.backend;
  const { port } = silent.address() as AddressInfo;
  world.backend = await world.startBackend({ ...settings, MAIL_PORT: String(port) });
  pods.push(world.backend);
  try {
    const connected = once(silent, "connection");
    expect((await new Browser(world, newEmail()).signUp()).status).toBe(202);
    const bob = await unverified();
    expect((await change(bob, newEmail())).status).toBe(204);
    expect((await again(bob)).status).toBe(204);
    await connected;
  } finally {
    world.backend = was;
    silent.close();
  }
});

test("the tokens of links are neither in the database nor in the log", async () => {
  await again(ada);
  const { token } = await mailbox.link(ada.email, PAGE);
  expect(JSON.stringify(await world.postgres.query("select * from studio.address_links"))).not.toContain(token);
  expect(world.log.text()).not.toContain(token);
});

test("without a mail server addresses cannot be changed, and nobody is asked to verify one", async () => {
  const other = await BackendWorld.start();
  try {
    const bob = new Browser(other, newEmail());
    await bob.signUp();
    expect(await stateOf(bob)).toMatchObject({ mails: false });
    for (const { status, body } of [await change(bob, newEmail()), await again(bob)])
      expect({ status, code: body.code }).toEqual({ status: 409, code: "mail_not_configured" });
  } finally {
    await other.stop();
  }
});
