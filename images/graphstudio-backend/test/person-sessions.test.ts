import { BackendWorld, Browser, PASSWORD } from "./backend-world";

let world: BackendWorld;

beforeAll(async () => {
  world = await BackendWorld.start();
}, 30_000);
afterAll(() => world?.stop());

interface Session {
  readonly id: string;
  readonly kind: string;
  readonly userAgent: string | null;
}

const list = async (who: Browser) => (await who.ask("GET", "/account/sessions")).body.items as Session[];
const program = async ({ email }: Browser) =>
  (await world.ask("POST", "/auth/login", { email, password: PASSWORD })).body.refreshToken;
const refresh = async (refreshToken: unknown) => (await world.ask("POST", "/auth/refresh", { refreshToken })).status;

async function person(): Promise<Browser> {
  const browser = new Browser(world);
  await browser.signUp();
  return browser;
}

test("a person sees their sessions of browsers and programs, and nobody else's", async () => {
  const ada = await person();
  await person();
  await refresh(await program(ada));
  const agent = { "user-agent": "Mozilla/5.0 (test)\u00ff", "x-forwarded-for": "192.0.2.7" };
  await ada.session("POST", "", { email: ada.email, password: PASSWORD }, agent);
  const sessions = await list(ada);
  expect(sessions.map(({ kind }) => kind)).toEqual(["browser", "program", "browser"]);
  expect(sessions[0]).toMatchObject({ address: "192.0.2.7", userAgent: agent["user-agent"] });
});

test("one session is ended, and the others go on", async () => {
  const ada = await person();
  const token = await program(ada);
  const [last, first] = await list(ada);
  expect((await ada.ask("DELETE", `/account/sessions/${last?.id ?? ""}`)).status).toBe(204);
  expect(await refresh(token)).toBe(401);
  expect((await ada.renew()).status).toBe(200);
  expect((await ada.ask("DELETE", `/account/sessions/${first?.id ?? ""}`)).status).toBe(204);
  expect((await ada.renew()).status).toBe(401);
});

test("a session of somebody else cannot be ended", async () => {
  const [ada, eve] = [await person(), await person()];
  const token = await program(ada);
  for (const { id } of await list(ada))
    expect(await eve.ask("DELETE", `/account/sessions/${id}`)).toMatchObject({
      status: 404,
      body: { code: "session_not_found" },
    });
  expect((await ada.renew()).status).toBe(200);
  expect(await refresh(token)).toBe(200);
});

test("a log-out everywhere ends all sessions, of all kinds, and nobody else's", async () => {
  const [ada, bob] = [await person(), await person()];
  const [tab, token] = [new Browser(world, ada.email), await program(ada)];
  await tab.logIn();
  expect((await ada.ask("DELETE", "/account/sessions")).status).toBe(204);
  expect([(await ada.renew()).status, (await tab.renew()).status, await refresh(token)]).toEqual([401, 401, 401]);
  expect(await list(ada)).toEqual([]);
  expect((await bob.renew()).status).toBe(200);
});

test("a password is changed with the present one alone, and all sessions end with it", async () => {
  const ada = await person();
  const token = await program(ada);
  const change = (password: string, newPassword: string) =>
    ada.ask("PUT", "/account/password", { password, newPassword });
  expect(await change("not the password", "another good horse")).toMatchObject({
    status: 401,
    body: { code: "credentials_invalid" },
  });
  expect(await change(PASSWORD, "aaaaaaaaaaaa")).toMatchObject({
    status: 422,
    body: { errors: [{ field: "newPassword", message: "choose a password that is harder to guess" }] },
  });
  expect((await ada.renew()).status).toBe(200);
  expect((await change(PASSWORD, "another good horse")).status).toBe(204);
  expect([(await ada.renew()).status, await refresh(token)]).toEqual([401, 401]);
  expect((await ada.logIn()).status).toBe(401);
  expect((await ada.logIn("another good horse")).status).toBe(200);
});

test("guesses at the present password are limited like log-ins", async () => {
  const ada = await person();
  const statuses: number[] = [];
  for (let attempt = 0; attempt < 11; attempt += 1)
    statuses.push((await ada.ask("PUT", "/account/password", { password: "guess", newPassword: PASSWORD })).status);
  expect(statuses).toEqual([...Array<number>(10).fill(401), 429]);
});
