import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchBrowser } from "../../../tests/support/browser";
import { waitFor } from "@nexus/testkit/server-process";
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
  people += 1;
  const page = await context.newPage();
  await page.goto(`${world.url}/signup`);
  await page.getByLabel("Email").fill(`tabs-${people}@example.com`);
  await page.getByLabel("Password").fill("correct horse battery staple");
  await page.getByRole("button", { name: "Create account" }).click();
  await isIn(page);
  return page;
}

const isIn = (page: Page) => page.getByText("No workspaces yet").waitFor();
const isOut = (page: Page) => page.getByRole("heading", { name: "Log in" }).waitFor();
const refreshToken = (page: Page) => page.evaluate(() => sessionStorage.getItem("nexus.refreshToken"));

/** The same as "Duplicate tab", with a copy of the tab's sessionStorage. */
async function duplicate(page: Page): Promise<Page> {
  const opened = context.waitForEvent("page");
  await page.evaluate(() => void window.open("/workspaces"));
  const copy = await opened;
  await isIn(copy);
  return copy;
}

test("a duplicated tab and its original both survive reloads in turn", async () => {
  const original = await signUp();
  const copy = await duplicate(original);
  for (const page of [copy, original, original, copy, original]) {
    await page.reload();
    await isIn(page);
  }
  expect(await refreshToken(copy)).toBe(await refreshToken(original));
});

test("when one tab has got new tokens, its duplicate holds them too", async () => {
  const original = await signUp();
  const copy = await duplicate(original);
  const before = await refreshToken(original);
  const refusal = { status: 401, json: { code: "unauthorized", title: "A valid access token is needed" } };
  await copy.route("**/api/v1/workspaces", (route) => route.fulfill(refusal), { times: 1 });
  await copy.reload();
  await isIn(copy);
  await waitFor("both tabs hold the new token", async () => {
    const [here, there] = [await refreshToken(copy), await refreshToken(original)];
    expect(here).not.toBe(before);
    expect(there).toBe(here);
  });
});

test("twelve quick reloads, each of which cuts off the answer of the refresh before it, do not log out", async () => {
  const page = await signUp();
  let onUsed: () => void = () => undefined;
  await page.route("**/auth/refresh", async (route) => {
    await route.fetch();
    onUsed();
  });
  for (let n = 0; n < 12; n += 1) {
    const used = new Promise<void>((resolve) => (onUsed = resolve));
    await page.reload({ waitUntil: "commit" });
    await used;
  }
  await page.unroute("**/auth/refresh");
  await page.reload();
  await isIn(page);
});

test("a log-out ends the session in all of its tabs, and in no other", async () => {
  const original = await signUp();
  const copy = await duplicate(original);
  const other = await signUp();
  await copy.getByRole("button", { name: "Log out" }).click();
  await Promise.all([copy, original].map(isOut));
  expect(await refreshToken(original)).toBeNull();
  await original.reload();
  await isOut(original);
  await other.reload();
  await isIn(other);
});

test("a tab that the studio did not open asks to log in", async () => {
  await signUp();
  const page = await context.newPage();
  await page.goto(`${world.url}/workspaces`);
  await isOut(page);
});
