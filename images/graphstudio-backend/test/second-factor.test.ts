import type { TestPostgres } from "@nexus/testkit/postgres";
import type { Backend } from "../src/backend";
import { type Answer, type BackendWorld, Browser, KEY, PASSWORD } from "./backend-world";
import { PATH, SecondFactorWorld, STEP_MS } from "./second-factor-world";

const pods: Backend[] = [];
afterAll(async () => {
  for (const pod of pods) await pod.close();
});
const people = new SecondFactorWorld();
let world: BackendWorld<TestPostgres>;
beforeEach(() => ({ backend: world } = people));

const person = () => people.person();
const protectedPerson = () => people.protectedPerson();
const codeOf = (secret: string, steps?: number) => people.codeOf(secret, steps);
const logIn = (browser: Browser) => people.logIn(browser);
const answer = (challenge: unknown, code: string) => people.answer(challenge, code);
const challengeOf = (browser: Browser) => people.challengeOf(browser);

async function trail(userId: string): Promise<string[]> {
  const rows = await world.postgres.query("select line from studio.audit_rows where chain = 'platform' order by seq");
  return rows
    .map(({ line }) => JSON.parse(String(line)) as { act: string; outcome: string; target: { userId?: string } })
    .filter(({ target }) => target.userId === userId)
    .map(({ act, outcome }) => (outcome === "done" ? act : `${act} ${outcome}`));
}

test("two-factor sign-in is on after a code has confirmed it, and then programs and browsers need one", async () => {
  const ada = await person();
  const { status, body } = await ada.ask("POST", PATH, { password: PASSWORD });
  expect(status).toBe(201);
  expect(body.uri).toMatch(/^otpauth:\/\/totp\/Nexus:.*secret=[A-Z2-7]{32}/);
  expect((await logIn(ada)).status).toBe(200);
  const secret = String(body.secret);
  expect((await ada.ask("POST", `${PATH}/confirm`, { code: codeOf(secret, 5) })).body.code).toBe("code_invalid");
  expect((await ada.ask("GET", PATH)).body).toEqual({ on: false, recoveryCodes: 0 });
  const confirmed = await ada.ask("POST", `${PATH}/confirm`, { code: codeOf(secret) });
  expect(new Set(confirmed.body.recoveryCodes as string[]).size).toBe(10);
  expect((await ada.ask("GET", PATH)).body).toEqual({ on: true, recoveryCodes: 10 });

  const refused = await logIn(ada);
  expect(refused.body).not.toHaveProperty("accessToken");
  expect((await answer(refused.body.challenge, codeOf(secret, 1))).body).toHaveProperty("refreshToken");
  people.clock += 2 * STEP_MS;
  const browser = new Browser(world, ada.email);
  const stopped = await browser.logIn();
  expect(stopped.headers).not.toHaveProperty("set-cookie");
  const code = codeOf(secret);
  const spaced = `${code.slice(0, 3)} ${code.slice(3)} `;
  const entered = await browser.session("POST", "/second-factor", { challenge: stopped.body.challenge, code: spaced });
  expect(entered).toMatchObject({ status: 200, body: { user: { email: ada.email } } });
  expect(String(entered.headers["set-cookie"])).toContain("HttpOnly");
  expect(await trail(ada.id)).toEqual(["account.created", "second-factor.code failed", "second-factor.on"]);
});

test("a code counts once, none before it counts any more, and clocks may differ by one step", async () => {
  const ada = await protectedPerson();
  const again = async (steps: number) => (await answer(await challengeOf(ada), codeOf(ada.secret, steps))).status;
  expect(await again(-1)).toBe(422);
  expect(await again(2)).toBe(422);
  expect(await again(1)).toBe(200);
  expect(await again(1)).toBe(422);
  expect(await again(0)).toBe(422);
  people.clock += STEP_MS;
  expect(await again(-2)).toBe(422);
});

test("a challenge goes on once, within its time, and never for a foreign or invented one", async () => {
  const ada = await protectedPerson();
  const challenge = await challengeOf(ada);
  const [first, second] = await Promise.all([
    answer(challenge, ada.recoveryCodes[0] ?? ""),
    answer(challenge, ada.recoveryCodes[1] ?? ""),
  ]);
  expect([first.status, second.status].sort()).toEqual([200, 401]);
  expect((await ada.ask("GET", PATH)).body.recoveryCodes).toBe(9);
  const late = await challengeOf(ada);
  await world.postgres.query("update studio.sign_in_challenges set expires_at = now()");
  for (const one of [late, challenge, "nonsense", ""])
    expect(await answer(one, codeOf(ada.secret))).toMatchObject({ status: 401, body: { code: "challenge_invalid" } });
  const bob = await protectedPerson();
  expect((await answer(await challengeOf(bob), ada.recoveryCodes[5] ?? "")).status).toBe(422);
});

test("one recovery code at the same time lets one in; lower case and spaces do not matter", async () => {
  const ada = await protectedPerson();
  const challenges = [await challengeOf(ada), await challengeOf(ada), await challengeOf(ada)];
  const [code = "", other = ""] = ada.recoveryCodes;
  const answers = await Promise.all(challenges.map((challenge) => answer(challenge, code)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 422, 422]);
  expect((await answer(await challengeOf(ada), ` ${other.toLowerCase().replaceAll("-", " ")}`)).status).toBe(200);
  expect((await trail(ada.id)).filter((act) => act === "recovery-code.used")).toHaveLength(2);
});

test.each(["", "12345", "1234567", "abcdef", "0".repeat(64), "ABCD-EFGH-IJKL", "１２３４５６"])(
  "what is no code is refused before it is counted: %s",
  async (code) => {
    const ada = await protectedPerson();
    const { status, body } = await answer(await challengeOf(ada), code);
    expect({ status, code: body.code }).toEqual({ status: 400, code: "validation_failed" });
  },
);

test("guesses are limited by account and address, also through new log-ins, and a right code forgives", async () => {
  const ada = await protectedPerson();
  const wrong = codeOf(ada.secret, 40);
  const statuses: number[] = [];
  for (let attempt = 0; attempt < 6; attempt += 1) statuses.push((await answer(await challengeOf(ada), wrong)).status);
  expect(statuses).toEqual([422, 422, 422, 422, 422, 429]);
  const bob = await protectedPerson();
  for (let attempt = 0; attempt < 4; attempt += 1) await answer(await challengeOf(bob), wrong);
  expect((await answer(await challengeOf(bob), codeOf(bob.secret))).status).toBe(200);
  expect((await answer(await challengeOf(bob), wrong)).status).toBe(422);
});

test("turning it off and new recovery codes need the password and a code", async () => {
  const ada = await protectedPerson();
  const [old = ""] = ada.recoveryCodes;
  const ask = (action: string, password: string, code: string) =>
    ada.ask("POST", `${PATH}/${action}`, { password, code });
  expect((await ask("off", "wrong", codeOf(ada.secret))).body.code).toBe("credentials_invalid");
  expect((await ask("off", PASSWORD, codeOf(ada.secret, 9))).body.code).toBe("code_invalid");
  const renewed = await ask("recovery-codes", PASSWORD, codeOf(ada.secret));
  expect(renewed.body.recoveryCodes).toHaveLength(10);
  expect((await ask("off", PASSWORD, old)).body.code).toBe("code_invalid");
  expect((await ada.ask("POST", PATH, { password: PASSWORD })).body.code).toBe("second_factor_on");
  expect((await ask("off", PASSWORD, codeOf(ada.secret, 1))).status).toBe(204);
  expect((await logIn(ada)).status).toBe(200);
  expect((await ask("off", PASSWORD, "123456")).body.code).toBe("second_factor_off");
  expect(await trail(ada.id)).toEqual([
    "account.created",
    "second-factor.on",
    "second-factor.off failed",
    "second-factor.code failed",
    "recovery-codes.made",
    "second-factor.code failed",
    "second-factor.off",
  ]);
});

test("deletion and a new password need a code as well; a request that is refused for another reason does not use it up", async () => {
  const ada = await protectedPerson();
  const needed = { status: 422, body: { code: "code_invalid" } };
  const code = codeOf(ada.secret);
  const { id } = (await ada.ask("POST", "/account/tenants", { name: "Looms" })).body as { id: string };
  const removeTenant = (more: object) =>
    ada.ask("DELETE", `/account/tenants/${id}`, { name: "Looms", password: PASSWORD, ...more });
  expect(await removeTenant({})).toMatchObject(needed);
  expect(await removeTenant({ code: codeOf(ada.secret, 5) })).toMatchObject(needed);
  expect((await removeTenant({ code, password: "wrong" })).body.code).toBe("credentials_invalid");
  expect((await removeTenant({ code, name: "looms" })).body.code).toBe("confirmation_needed");
  expect((await removeTenant({ code })).status).toBe(204);

  const setPassword = (more: object) =>
    ada.ask("PUT", "/account/password", { password: PASSWORD, newPassword: "another horse battery", ...more });
  expect(await setPassword({})).toMatchObject(needed);
  const [first, second] = ada.recoveryCodes;
  expect((await setPassword({ code: first, newPassword: "password1234" })).body.code).toBe("password_guessable");
  expect((await setPassword({ code: first })).status).toBe(204);

  const leave = (more: object) => ada.ask("DELETE", "/account/me", { password: "another horse battery", ...more });
  const tenants = ((await ada.ask("GET", "/account/deletion")).body.deletes as { id: string }[]).map((each) => each.id);
  expect(await leave({ tenants })).toMatchObject(needed);
  expect(await leave({ tenants, code: first })).toMatchObject(needed);
  expect((await leave({ tenants: [], code: second })).body.code).toBe("confirmation_needed");
  expect((await ada.ask("GET", PATH)).body.recoveryCodes).toBe(9);
  expect((await leave({ tenants, code: second })).status).toBe(204);
});

test("whoever has no second factor deletes without a code", async () => {
  const ada = await person();
  const tenants = ((await ada.ask("GET", "/account/deletion")).body.deletes as { id: string }[]).map(({ id }) => id);
  expect((await ada.ask("DELETE", "/account/me", { password: PASSWORD, tenants, code: "000000" })).status).toBe(204);
});

test("a new password ends log-ins that wait for a code", async () => {
  const ada = await protectedPerson();
  const challenge = await challengeOf(ada);
  const [code] = ada.recoveryCodes;
  await ada.ask("PUT", "/account/password", { password: PASSWORD, newPassword: "another good horse", code });
  expect((await answer(challenge, codeOf(ada.secret))).body.code).toBe("challenge_invalid");
});

test("the database holds neither secret nor codes, and the log none of them", async () => {
  const ada = await protectedPerson();
  const dump = JSON.stringify([
    await world.postgres.query("select * from studio.second_factors"),
    await world.postgres.query("select code_hash::text from studio.recovery_codes"),
  ]);
  for (const one of [ada.secret, ...ada.recoveryCodes]) {
    expect(dump).not.toContain(one);
    expect(world.log.text()).not.toContain(one);
  }
});

/** What follows is asked of a pod with other keys. */
async function withKeys<T>(keys: Record<string, string>, work: () => Promise<T>): Promise<T> {
  const was = world.backend;
  world.backend = await world.startBackend(keys);
  pods.push(world.backend);
  try {
    return await work();
  } finally {
    world.backend = was;
  }
}

test("during a rotation of the key secrets are opened with both, and encrypted with the new one", async () => {
  const NEW = "a-newer-signing-key-of-the-backend-tests";
  const ada = await protectedPerson();
  const signIn = async (steps: number): Promise<Answer> => answer(await challengeOf(ada), codeOf(ada.secret, steps));
  jest.useFakeTimers({ doNotFake: ["Date", "nextTick", "queueMicrotask", "setImmediate", "setTimeout", "hrtime"] });
  try {
    await withKeys({ JWT_SECRET: NEW, JWT_SECRET_KEY_PREVIOUS: KEY }, async () => {
      expect((await signIn(0)).status).toBe(200);
      const present = async () =>
        (await world.postgres.query("select distinct key_id from studio.second_factors")).map(({ key_id: id }) => id);
      const [before] = await present();
      jest.advanceTimersByTime(60_000);
      while ((await present()).length !== 1 || (await present())[0] === before) await new Promise(setImmediate);
    });
  } finally {
    jest.useRealTimers();
  }
  await withKeys({ JWT_SECRET: NEW }, async () => expect((await signIn(1)).status).toBe(200));
  const lost = await withKeys({ JWT_SECRET: KEY }, async () => await signIn(1));
  expect(lost).toMatchObject({ status: 503, body: { code: "second_factor_unreadable" } });
  expect((await answer(await challengeOf(ada), ada.recoveryCodes[0] ?? "")).status).toBe(200);
});

test("without Redis guesses are still limited, and codes still count", async () => {
  const ada = await protectedPerson();
  await withKeys({ REDIS_PORT: "1" }, async () => {
    expect((await answer(await challengeOf(ada), codeOf(ada.secret))).status).toBe(200);
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 6; attempt += 1)
      statuses.push((await answer(await challengeOf(ada), codeOf(ada.secret, 40))).status);
    expect(statuses).toEqual([422, 422, 422, 422, 422, 429]);
  });
});

test("PostgreSQL away during the second step answers 503, and uses up neither the challenge nor the code", async () => {
  const ada = await protectedPerson();
  const [byCode, byRecoveryCode] = [await challengeOf(ada), await challengeOf(ada)];
  const code = codeOf(ada.secret);
  const [recoveryCode = ""] = ada.recoveryCodes;
  await world.postgres.halt();
  for (const away of [await answer(byCode, code), await answer(byRecoveryCode, recoveryCode)])
    expect(away).toMatchObject({
      status: 503,
      body: { code: "database_unavailable" },
      headers: { "retry-after": "2" },
    });
  await world.postgres.resume();
  expect((await answer(byCode, code)).status).toBe(200);
  expect((await answer(byRecoveryCode, recoveryCode)).status).toBe(200);
});
