import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchBrowser } from "../../../tests/support/browser";
import { PASSWORD } from "./studio";
import { startStudioWorld, type StudioWorld } from "./studio-world";

let world: StudioWorld;
let browser: Browser;
let context: BrowserContext;
let people = 0;

beforeAll(async () => {
  [world, browser] = await Promise.all([startStudioWorld(), launchBrowser()]);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await world?.stop();
});
beforeEach(async () => {
  context = await browser.newContext();
  context.setDefaultTimeout(20_000);
});
afterEach(() => context.close());

async function signUp(): Promise<Page> {
  const page = await context.newPage();
  await signUpIn(page);
  return page;
}

async function signUpIn(page: Page): Promise<string> {
  people += 1;
  const email = `tabs-${people}@example.com`;
  await page.goto(`${world.url}/signup`);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await isIn(page);
  return email;
}

const isIn = (page: Page) => page.getByText("No workspaces yet").waitFor();
const isOut = (page: Page) => page.getByRole("heading", { name: "Log in" }).waitFor();
/** Another tab of the same browser. */
async function openTab(): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${world.url}/workspaces`);
  return page;
}

/** Everything that the scripts of a page can read of the session. */
const readable = (page: Page) =>
  page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie]));
const logOut = (page: Page) => page.getByRole("button", { name: "Log out", exact: true }).click();

test("all tabs share the session, in a cookie that no script reads and only its own paths get", async () => {
  const page = await signUp();
  const sent: string[] = [];
  page.on("request", async (request) => {
    const { cookie } = await request.allHeaders();
    if (cookie) sent.push(new URL(request.url()).pathname);
  });
  await page.reload();
  await isIn(page);
  await isIn(await openTab());
  const [cookie, ...others] = await context.cookies(`${world.url}/auth/session`);
  expect(others).toEqual([]);
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/auth/session", secure: false });
  expect(await readable(page)).not.toContain(cookie?.value);
  expect(await readable(page)).not.toMatch(/eyJ|[Tt]oken/);
  expect(new Set(sent)).toEqual(new Set(["/auth/session/token"]));
});

test("twelve quick reloads, each of which cuts off the answer of the renewal before it, do not log out", async () => {
  const page = await signUp();
  let onUsed: () => void = () => undefined;
  await page.route("**/auth/session/token", async (route) => {
    await route.fetch();
    onUsed();
  });
  for (let n = 0; n < 12; n += 1) {
    const used = new Promise<void>((resolve) => (onUsed = resolve));
    await page.reload({ waitUntil: "commit" });
    await used;
  }
  await page.unroute("**/auth/session/token");
  await page.reload();
  await isIn(page);
});

test("a log-out ends the session in all tabs, and in no other browser", async () => {
  const original = await signUp();
  const email = `tabs-${people}@example.com`;
  const other = await openTab();
  await isIn(other);
  const elsewhere = await browser.newContext();
  const page = await elsewhere.newPage();
  await page.goto(`${world.url}/login`);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await isIn(page);
  await logOut(other);
  await Promise.all([other, original].map(isOut));
  await original.reload();
  await isOut(original);
  await page.reload();
  await isIn(page);
  await elsewhere.close();
});

test("a log-in in one tab opens the others, and one as somebody else takes them along", async () => {
  const one = await signUp();
  await logOut(one);
  const other = await openTab();
  await isOut(other);
  const first = await signUpIn(one);
  await other.locator(`[title^="${first}, owner"]`).waitFor();
  await logOut(other);
  await isOut(one);
  const second = await signUpIn(other);
  await one.locator(`[title^="${second}, owner"]`).waitFor();
});

test("a log-out without a network is made up for before anybody is let in again", async () => {
  const page = await signUp();
  await page.route("**/auth/session", (route) => route.abort());
  await logOut(page);
  await isOut(page);
  await page.unroute("**/auth/session");
  expect(await context.cookies(`${world.url}/auth/session`)).toHaveLength(1);
  await page.reload();
  await isOut(page);
  expect(await context.cookies(`${world.url}/auth/session`)).toEqual([]);
});

test("a page of another origin, even on the same host, can neither use nor end the session", async () => {
  const page = await signUp();
  const attacker = await context.newPage();
  const origin = "http://127.0.0.1:45678/";
  await attacker.route(origin, (route) => route.fulfill({ contentType: "text/html", body: "<h1>Free kittens</h1>" }));
  await attacker.goto(origin);
  const end = await attacker.evaluate(
    (url) => fetch(url, { method: "DELETE", credentials: "include" }).then(String, () => "refused"),
    `${world.url}/auth/session`,
  );
  expect(end).toBe("refused");
  const answer = attacker.waitForResponse("**/auth/session/token");
  await attacker.evaluate((url) => {
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action: url });
    document.body.append(form);
    form.submit();
  }, `${world.url}/auth/session/token`);
  expect((await answer).status()).toBe(403);
  await page.reload();
  await isIn(page);
});
