import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../../support/browser";
import { pictureOf } from "../pictures";
import { NAMESPACE, studioUrl, withMails } from "./deployment";
import { type FindLink, withMailServer } from "./mail-server";

const MINUTE = 60_000;
/** Time after which no pod takes a revoked key. */
const REVOKED_MS = 5000;
/** Time after which every pod knows a changed role. */
const FELT_MS = 1000;
const PASSWORD = "correct horse battery staple";
const OWNER = `olga-${Date.now()}@example.com`;
const GUEST = `gus-${Date.now()}@example.com`;
const MAILED = `maria-${Date.now()}@example.com`;

/** A page in a browser of its own, which shares nothing with others. */
async function openPage(browser: Browser, locale = "en"): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale });
  context.setDefaultTimeout(30_000);
  return context.newPage();
}

async function show(page: Page, path: string): Promise<void> {
  await page.goto(String(await studioUrl(path)));
}

async function fillIn(page: Page, email: string, button: string): Promise<void> {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: button }).click();
}

/** Joins by a link; whoever it was mailed to has proven the address. */
async function joinBy(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create account and join" }).click();
  await page.getByText("No workspaces yet").waitFor();
}

/** Opens the link that the page has sent, with the password of the sign-up. */
async function confirm(page: Page, email: string, linkTo: FindLink): Promise<void> {
  await page.getByRole("heading", { name: "Look into your mailbox" }).waitFor();
  await page.goto(await linkTo(email));
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByText("No workspaces yet").waitFor();
}

async function createWorkspace(page: Page, name: string): Promise<void> {
  await show(page, "/workspaces");
  await page.getByRole("button", { name: "New workspace" }).first().click();
  await page.getByLabel("Workspace name").fill(name);
  await page.getByRole("button", { name: "Create workspace" }).click();
}

async function changePlan(page: Page, plan: string): Promise<void> {
  await show(page, "/plan");
  await page.getByRole("button", { name: `Change to ${plan}` }).click();
  await page.getByRole("button", { name: "Change plan" }).click();
  await page.getByText(`The plan is now ${plan}`).waitFor();
}

/** One person joins by the link that the page shows, another by the one in a mail. */
async function inviteBoth(owner: Page, guest: Page, mailed: Page, linkTo: FindLink): Promise<void> {
  await show(owner, "/members");
  await owner.getByLabel("Role", { exact: true }).selectOption("viewer");
  await owner.getByRole("button", { name: "Invite", exact: true }).click();
  await guest.goto(await owner.locator(".invitation-link code").innerText());
  await fillIn(guest, GUEST, "Create account and join");
  await confirm(guest, GUEST, linkTo);
  await show(owner, "/members");
  await owner.getByLabel("Email").fill(MAILED);
  await owner.getByRole("button", { name: "Invite", exact: true }).click();
  await joinBy(mailed, await linkTo(MAILED));
}

/** A viewer is told whom to ask, and is offered the work as soon as the owner has made them a member. */
async function raiseRole(owner: Page, guest: Page): Promise<void> {
  await show(guest, "/workspaces");
  await guest.getByText("Your role here is viewer. Ask one of the owners, admins, and members").waitFor();
  expect(await guest.getByRole("button", { name: "New workspace" }).count()).toBe(0);
  const saved = owner.waitForResponse((answer) => answer.request().method() === "PUT");
  await show(owner, "/members");
  await owner.getByLabel(`Role of ${GUEST}`).selectOption("member");
  await saved;
  await new Promise((resolve) => setTimeout(resolve, FELT_MS));
  // The page looks at the role again at once when the network is back.
  await guest.evaluate(() => window.dispatchEvent(new Event("online")));
  await guest.getByRole("button", { name: "New workspace" }).first().waitFor();
  await createWorkspace(guest, "first");
  await guest.getByText("Nothing has run yet").waitFor();
}

/** The plan takes two workspaces; the third is refused with a way out, and made when the owner has taken it. */
async function growOutOfPlan(owner: Page, guest: Page): Promise<void> {
  await changePlan(owner, "pair");
  await createWorkspace(guest, "second");
  await guest.getByText("Nothing has run yet").waitFor();
  await createWorkspace(guest, "third");
  await guest.getByRole("alert").getByText("A tenant may have 2 workspaces and has 2").waitFor();
  await pictureOf(guest, "limit");
  await guest.getByRole("link", { name: "See plan and usage" }).click();
  await guest.getByTestId("usage").filter({ hasText: "2 of 2 full" }).waitFor();
  await changePlan(owner, "crew");
  await createWorkspace(guest, "third");
  await guest.getByText("Nothing has run yet").waitFor();
  await guest.locator(".cm-content").click();
  await guest.keyboard.insertText("6 * 7");
  await guest.getByRole("button", { name: "Run", exact: true }).click();
  await guest.getByTestId("result").filter({ hasText: "42" }).waitFor();
}

/** A key works as the page's own command says, and in no pod once it is revoked. */
async function useKey(owner: Page): Promise<void> {
  await show(owner, "/keys");
  await owner.getByLabel("Name", { exact: true }).fill("nightly build");
  await owner.getByRole("button", { name: "Make key" }).click();
  const command = await owner.getByRole("textbox", { name: "Command" }).innerText();
  const [, authorization = "", url = ""] = /'Authorization: (.+)' (http\S+)$/.exec(command) ?? [];
  // A connection of its own each time, so that every pod is asked.
  const headers = { authorization, connection: "close" };
  const ask = async () => (await fetch(url, { headers })).status;
  const askAll = () => Promise.all(Array.from({ length: 12 }, ask));
  expect(new Set(await askAll())).toEqual(new Set([200]));
  await owner.getByRole("button", { name: /^Revoke/ }).click();
  await owner.getByRole("button", { name: "Revoke key" }).click();
  await owner.getByTestId("key").waitFor({ state: "detached" });
  await new Promise((resolve) => setTimeout(resolve, REVOKED_MS));
  expect(new Set(await askAll())).toEqual(new Set([401]));
}

/** Every tab of this browser and of another one asks for the password again. */
async function logOutEverywhere(owner: Page, elsewhere: Page): Promise<void> {
  await show(elsewhere, "/login");
  await fillIn(elsewhere, OWNER, "Log in");
  await elsewhere.getByTestId("workspace-row").first().waitFor();
  const tab = await owner.context().newPage();
  await show(tab, "/members");
  await tab.getByTestId("member").first().waitFor();
  await show(owner, "/account");
  await owner.getByRole("button", { name: "Log out everywhere" }).click();
  for (const page of [owner, tab]) await page.getByRole("heading", { name: "Log in" }).waitFor();
  await elsewhere.reload();
  await elsewhere.getByRole("heading", { name: "Log in" }).waitFor();
}

/** The tenant's pages as its owner sees them, in both languages. */
async function takePictures(owner: Page, browser: Browser): Promise<void> {
  const chinese = await openPage(browser, "zh-CN");
  await chinese.context().addCookies(await owner.context().cookies());
  for (const [page, language] of [
    [owner, "en"],
    [chinese, "zh"],
  ] as const)
    for (const name of ["workspaces", "members", "keys", "plan", "audit", "settings", "account"]) {
      await show(page, `/${name}`);
      await pictureOf(page, `${name}-${language}`);
    }
  await chinese.context().close();
}

/** Three people of one tenant, in the browser. */
export function teamTests(): void {
  test(
    "A56b: people join by link and by mail, feel their new role and the plan's limit, use a key, and log out everywhere",
    async () => {
      const browser = await launchBrowser();
      try {
        const [owner, guest, mailed] = [await openPage(browser), await openPage(browser), await openPage(browser)];
        await withMails(() =>
          withMailServer(NAMESPACE, "graphstudio-backend", async (linkTo) => {
            await show(owner, "/signup");
            await fillIn(owner, OWNER, "Create account");
            await confirm(owner, OWNER, linkTo);
            await inviteBoth(owner, guest, mailed, linkTo);
          }),
        );
        await raiseRole(owner, guest);
        await growOutOfPlan(owner, guest);
        await useKey(owner);
        await takePictures(owner, browser);
        await logOutEverywhere(owner, await openPage(browser));
      } finally {
        await browser.close();
      }
    },
    5 * MINUTE,
  );
}
