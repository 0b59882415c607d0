import { AsyncLocalStorage } from "node:async_hooks";
import { createPool } from "@nexus/service";
import { Client } from "pg";
import { waitFor } from "@nexus/testkit/server-process";
import type { Backend } from "../src/backend";
import { BackendWorld, Browser, newEmail, PASSWORD } from "./backend-world";
import { Mailbox } from "./mailbox";

const mailbox = new Mailbox();
let world: BackendWorld;
let withoutMails: Backend;

beforeAll(async () => {
  world = await BackendWorld.start(await mailbox.start());
  withoutMails = await world.startBackend();
}, 30_000);
afterAll(async () => {
  await withoutMails?.close();
  await world?.stop();
  await mailbox.stop();
});
afterEach(() => {
  jest.restoreAllMocks();
});

const PAGE = "confirm-sign-up";
const logIn = (email: string, password = PASSWORD) => world.ask("POST", "/auth/login", { email, password });
const confirm = (token: string, password = PASSWORD) => world.ask("POST", "/auth/signup/confirm", { token, password });
const linkTo = async (email: string, count = 1) => (await mailbox.link(email, PAGE, count)).token;

/** Somebody who has an account. */
async function person(): Promise<Browser> {
  const browser = new Browser(world);
  await browser.signUp();
  expect((await browser.confirmSignUp(await linkTo(browser.email))).status).toBe(201);
  return browser;
}

test("with a mail server, an account begins with the link in the mail and the password of the sign-up", async () => {
  const ada = new Browser(world);
  expect(await ada.signUp({ tenantName: "Engines" })).toMatchObject({ status: 202, body: { email: ada.email } });
  expect(ada.cookie).toBeUndefined();
  expect(await logIn(ada.email)).toMatchObject({ status: 401, body: { code: "credentials_invalid" } });
  const opened = await ada.confirmSignUp(await linkTo(ada.email));
  expect(opened).toMatchObject({ status: 201, body: { user: { email: ada.email, role: "owner" } } });
  expect((await ada.ask("GET", "/account/address")).body).toMatchObject({ verified: true });
  expect((await ada.ask("GET", "/account/me")).body.tenantName).toBe("Engines");
  expect((await logIn(ada.email)).status).toBe(200);
});

test("the same for programs, which get their tokens with the link", async () => {
  const email = newEmail();
  const answer = await world.ask("POST", "/auth/signup", { email: ` ${email.toUpperCase()} `, password: PASSWORD });
  expect(answer).toMatchObject({ status: 202, body: { email } });
  const { status, body } = await confirm(await linkTo(email));
  expect({ status, user: body.user }).toMatchObject({ status: 201, user: { email, role: "owner" } });
  expect(typeof body.refreshToken).toBe("string");
});

test("a link works once and for a day, and only with the password that was chosen with it", async () => {
  const email = newEmail();
  await world.ask("POST", "/auth/signup", { email, password: PASSWORD });
  await world.ask("POST", "/auth/signup", { email, password: "of somebody who waits" });
  const token = await linkTo(email, 2);
  expect(await confirm(token)).toMatchObject({ status: 401, body: { code: "credentials_invalid" } });
  const answers = await Promise.all([1, 2, 3].map(() => confirm(token, "of somebody who waits")));
  expect(answers.map(({ status }) => status).filter((status) => status === 201)).toHaveLength(1);
  for (const { body } of answers) expect(body.code ?? "").toMatch(/^(email_taken|link_invalid|)$/);
  expect((await confirm(token, "of somebody who waits")).body.code).toBe("link_invalid");
  expect(await world.postgres.query(`select 1 from studio.sign_ups where email = '${email}'`)).toEqual([]);

  const late = newEmail();
  await world.ask("POST", "/auth/signup", { email: late, password: PASSWORD });
  const old = await linkTo(late);
  await world.postgres.query("update studio.sign_ups set expires_at = now()");
  for (const one of [old, "nonsense", ""]) expect((await confirm(one)).body.code).toBe("link_invalid");
});

test("guesses of the password of somebody else's sign-up are limited", async () => {
  const email = newEmail();
  await world.ask("POST", "/auth/signup", { email, password: PASSWORD });
  const token = await linkTo(email);
  const codes: unknown[] = [];
  for (let guess = 0; guess < 11; guess += 1) codes.push((await confirm(token, `guess ${guess}`)).body.code);
  expect(codes.at(-2)).toBe("credentials_invalid");
  expect(codes.at(-1)).toBe("rate_limited");
});

test("status, headers and body are the same for an address that has an account, and its mail says what to do", async () => {
  const ada = await person();
  for (const path of ["/auth/signup", "/auth/session/signup"]) {
    const ask = async (email: string) => {
      const payload = { email, password: "another good horse", tenantName: "Engines" };
      const headers = { "sec-fetch-site": "same-origin" };
      const {
        statusCode,
        body,
        headers: got,
      } = await world.backend.app.inject({
        method: "POST",
        url: path,
        payload,
        headers,
      });
      const { date: _date, "x-request-id": _id, ...rest } = got;
      return { statusCode, body: body.replaceAll(email, "who"), headers: { ...rest, "content-length": "" } };
    };
    expect(await ask(ada.email)).toEqual(await ask(newEmail()));
  }
  await waitFor("both mails", async () =>
    expect(mailbox.of(ada.email, "You have an account on Nexus")).toHaveLength(2),
  );
  const { text } = mailbox.of(ada.email, "You have an account on Nexus")[0] ?? { text: "" };
  expect(text).toContain("https://studio.example.com/login");
  expect(text).toContain("https://studio.example.com/forgot-password");
  expect(mailbox.of(ada.email, PAGE)).toHaveLength(1);
  expect((await logIn(ada.email, "another good horse")).status).toBe(401);
  expect((await logIn(ada.email)).status).toBe(200);
});

/**
 * The statements that a request sends, which with one hash of a password are all that it waits for; those of timers, which
 * follow who may not work now, are left out.
 */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const sent: string[] = [];
  const request = new AsyncLocalStorage<true>();
  const query = Client.prototype.query as (...values: unknown[]) => unknown;
  const spy = jest.spyOn(Client.prototype, "query").mockImplementation(function (this: Client, ...values: unknown[]) {
    const [first] = values as [string | { text: string }];
    if (request.getStore()) sent.push(typeof first === "string" ? first : first.text);
    return query.apply(this, values) as never;
  } as never);
  await request.run(true, work);
  spy.mockRestore();
  return sent;
}

test("sign-up and a wrong password do the same work for an address with an account and one without", async () => {
  const ada = await person();
  for (const [path, password, least] of [
    ["/auth/signup", PASSWORD, 2],
    ["/auth/login", "not the password", 2],
  ] as const) {
    const workFor = (email: string) => statementsOf(() => world.ask("POST", path, { email, password }));
    const known = await workFor(ada.email);
    expect(known.length).toBeGreaterThanOrEqual(least);
    expect(await workFor(newEmail())).toEqual(known);
  }
});

test("no answer about a forgotten password waits for what is only done where there is an account", async () => {
  const ada = await person();
  const pool = createPool(world.postgres.settings, world.log.log);
  const locks = await pool.connect();
  try {
    await locks.query("begin");
    await locks.query("lock table studio.verifications in access exclusive mode");
    for (const email of [ada.email, newEmail()])
      expect((await world.ask("POST", "/auth/password/forget", { email })).status).toBe(204);
    await locks.query("commit");
    await mailbox.link(ada.email, "new-password");
  } finally {
    locks.release();
    await pool.end();
  }
});

test("a mailbox gets five mails of sign-ups an hour, whether its address has an account or not", async () => {
  const ada = await person();
  for (const [email, before] of [
    [ada.email, 1],
    [newEmail(), 0],
  ] as const) {
    const statuses: number[] = [];
    for (let attempt = before; attempt < 6; attempt += 1)
      statuses.push((await world.ask("POST", "/auth/signup", { email, password: PASSWORD })).status);
    expect(statuses).toEqual([...Array<number>(5 - before).fill(202), 429]);
  }
});

test("an invitation that was passed on is taken by the link, one that was mailed proves the address at once", async () => {
  const ada = await person();
  const url = `/account/tenants/${String((await ada.ask("GET", "/account/me")).body.tenantId)}/invitations`;
  const invite = async (more: object = {}) =>
    String((await ada.ask("POST", url, { role: "viewer", ...more })).body.token);
  const passedOn = await invite();
  expect((await new Browser(world, ada.email).signUp({ invitation: passedOn })).status).toBe(202);
  const bob = new Browser(world);
  expect((await bob.signUp({ invitation: passedOn })).status).toBe(202);
  const joined = await bob.confirmSignUp(await linkTo(bob.email));
  expect(joined).toMatchObject({ status: 201, body: { user: { role: "viewer" } } });

  const carol = new Browser(world);
  await invite({ email: carol.email });
  const { token } = await mailbox.link(carol.email, "join");
  expect(await new Browser(world).signUp({ invitation: token })).toMatchObject({
    body: { code: "invitation_invalid" },
  });
  expect((await carol.signUp({ invitation: token })).status).toBe(201);
  for (const invitation of [token, passedOn, "a".repeat(43)])
    expect((await new Browser(world).signUp({ invitation })).body.code).toBe("invitation_invalid");
});

test("what is refused is refused before any mail: a guessable password, a sign-up without the invitation that it needs", async () => {
  const email = newEmail();
  const ask = (password: string) => world.ask("POST", "/auth/signup", { email, password });
  expect((await ask("aaaaaaaaaaaa")).body.code).toBe("password_guessable");
  const token = await (async () => {
    await ask(PASSWORD);
    return await linkTo(email);
  })();
  const invited = await world.startBackend({ SIGN_UP: "invite" });
  const closed = await world.startBackend({ SIGN_UP: "closed" });
  try {
    for (const [pod, code] of [
      [invited, "invitation_needed"],
      [closed, "sign_up_closed"],
    ] as const)
      await world.at(pod, async () => {
        expect((await ask(PASSWORD)).body.code).toBe(code);
        expect((await confirm(token)).body.code).toBe(code);
      });
  } finally {
    await Promise.all([invited.close(), closed.close()]);
  }
  expect(mailbox.of(email)).toHaveLength(1);
});

test("an account that was made meanwhile keeps its password, and the database holds neither token nor password", async () => {
  const email = newEmail();
  await world.ask("POST", "/auth/signup", { email, password: PASSWORD });
  const token = await linkTo(email);
  const [row] = await world.postgres.query(
    `select sign_ups::text as text from studio.sign_ups where email = '${email}'`,
  );
  expect(row?.text).toContain("$argon2id$");
  for (const secret of [token, PASSWORD]) {
    expect(row?.text).not.toContain(secret);
    expect(world.log.text()).not.toContain(secret);
  }
  await world.at(withoutMails, () => new Browser(world, email).signUp({ password: "the first account here" }));
  expect((await confirm(token)).body.code).toBe("link_invalid");
  expect((await logIn(email, "the first account here")).status).toBe(200);
});
