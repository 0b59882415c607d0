import { randomUUID } from "node:crypto";
import { TestOidcProvider } from "@nexus/testkit/oidc-provider";
import { waitFor } from "@nexus/testkit/server-process";
import type { Page } from "playwright-core";
import { Mailbox } from "../../graphstudio-backend/test/mailbox";
import { agree, codeOf, logInAtProvider, withoutFonts } from "./sign-in-steps";
import { PASSWORD, says, Studio } from "./studio";

const TENANT = randomUUID();
const mailbox = new Mailbox();
let provider: TestOidcProvider;
const studio = new Studio(async (url) => {
  provider = await TestOidcProvider.start(url);
  const groups = { staff: { tenant: TENANT, role: "viewer" }, leads: { tenant: TENANT, role: "admin" } };
  const oidc = { ...provider.settings, OIDC_NAME: "Example SSO", OIDC_GROUPS: JSON.stringify(groups) };
  return { ...oidc, ...(await mailbox.start(url)) };
});
afterAll(async () => await Promise.all([mailbox.stop(), provider?.stop()]));
let page: Page;
beforeEach(() => ({ page } = studio));

/** A new person, who is in the studio; their address is proven. */
async function signUp(): Promise<string> {
  const email = await studio.askForAccount();
  const { token } = await mailbox.link(email, "confirm-sign-up");
  await page.goto(`${studio.world.url}/confirm-sign-up#${token}`);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByText("No workspaces yet").waitFor();
  return email;
}

const PAGE = "confirm-address";
const open = (token: string) => page.goto(`${studio.world.url}/${PAGE}#${token}`);

test("a person confirms their address with a link that is sent again, and it counts once", async () => {
  const email = await signUp();
  // As for somebody who signed up before there was a mail server.
  await studio.world.query("update studio.users set email_verified = false");
  await page.goto(`${studio.world.url}/account`);
  const section = page.getByRole("region", { name: "Email address" });
  await says(section.getByRole("status"), `Open the link that was sent to ${email}`);
  expect(await studio.barriers()).toEqual([]);
  await section.getByRole("button", { name: "Send again" }).click();
  await says(section.getByRole("status"), `A new link is on its way to ${email}`);
  const { token } = await mailbox.link(email, PAGE);
  await open(token);
  await says(page.getByRole("status"), `${email} is confirmed`);
  expect(await page.title()).toContain("Confirm your address");
  expect(await studio.barriers()).toEqual([]);
  await page.getByRole("link", { name: "Back to your account" }).click();
  await section.getByLabel("New email").waitFor();
  expect(await section.getByRole("status").count()).toBe(0);
  await open(token);
  await page.reload();
  await says(page.getByRole("alert"), "The link was used, has run out");
  expect(await studio.barriers()).toEqual([]);
});

test("a person changes their address on a phone, and logs in to confirm it", async () => {
  const email = await signUp();
  const next = `next-${email}`;
  await page.setViewportSize({ width: 360, height: 800 });
  await page.goto(`${studio.world.url}/account`);
  const section = page.getByRole("region", { name: "Email address" });
  await section.getByRole("button", { name: "Change address" }).click();
  await says(section, "Enter an email address, such as ada@example.com");
  await says(section, "Enter your password");
  await section.getByLabel("New email").fill(next);
  await section.getByLabel("Your password").fill("not the password");
  await page.keyboard.press("Enter");
  await says(section.getByRole("alert"), "Email or password is wrong");
  await section.getByLabel("Your password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await says(section.getByRole("status"), `If ${next} is free, a link is on its way there`);
  expect(await studio.overflow()).toBe(0);
  expect(await studio.barriers()).toEqual([]);
  const { token } = await mailbox.link(next, PAGE);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await page.getByRole("heading", { name: "Log in" }).waitFor();
  await open(token);
  await page.reload();
  await studio.logIn(email);
  await says(page.getByRole("status"), `${next} is confirmed`);
  expect(await studio.overflow()).toBe(0);
  await page.getByRole("link", { name: "Back to your account" }).click();
  await says(page.locator(".page-sub"), next);
});

test("sign-up on a phone leads by a link in the mail into the studio; an address with an account sees the same page", async () => {
  const known = await signUp();
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await page.setViewportSize({ width: 360, height: 800 });
  const heading = page.getByRole("heading", { name: "Look into your mailbox" });
  const pages: string[] = [];
  for (const email of [known, "nobody@example.com"]) {
    await studio.askForAccount(email);
    await heading.waitFor();
    expect(await heading.evaluate((element) => element === document.activeElement)).toBe(true);
    pages.push((await page.locator("main").innerText()).replace(email, "them"));
  }
  expect(pages[0]).toBe(pages[1]);
  expect(pages[0]).toContain("A mail is on its way to them");
  expect(await studio.overflow()).toBe(0);
  expect(await studio.barriers()).toEqual([]);
  await waitFor("the mail to the known address", async () =>
    expect(mailbox.of(known, "You have an account on Nexus")).toHaveLength(1),
  );

  const email = await studio.askForAccount();
  const { token } = await mailbox.link(email, "confirm-sign-up");
  await page.goto(`${studio.world.url}/confirm-sign-up#${token}`);
  await page.getByLabel("Password").waitFor();
  expect(await page.title()).toContain("Create account");
  await page.keyboard.press("Enter");
  await says(page.locator(".field-error"), "Enter your password");
  await page.getByLabel("Password").fill("not the password");
  await page.keyboard.press("Enter");
  await says(page.getByRole("alert"), "Email or password is wrong");
  expect(await studio.overflow()).toBe(0);
  expect(await studio.barriers()).toEqual([]);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByText("No workspaces yet").waitFor();
  await page.goto(`${studio.world.url}/confirm-sign-up#${token}`);
  await page.reload();
  await page.getByLabel("Password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await says(page.getByRole("alert"), "The link was used, has run out");
});

test("a new person joins by a passed-on invitation, with the link in the mail", async () => {
  await signUp();
  await page.goto(`${studio.world.url}/members`);
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  const link = await page.locator(".invitation-link code").innerText();
  const guest = await studio.elsewhere();
  await guest.goto(link);
  await guest.getByLabel("Email").fill("guest@example.com");
  await guest.getByLabel("Password").fill(PASSWORD);
  await guest.getByRole("button", { name: "Create account and join" }).click();
  await guest.getByRole("heading", { name: "Look into your mailbox" }).waitFor();
  const { token } = await mailbox.link("guest@example.com", "confirm-sign-up");
  await guest.goto(`${studio.world.url}/confirm-sign-up#${token}`);
  await guest.getByLabel("Password").fill(PASSWORD);
  await guest.getByRole("button", { name: "Create account" }).click();
  await guest.locator('[title^="guest@example.com, member of"]').waitFor();
  await guest.context().close();
});

test("one person: the identity provider with groups as roles, two-factor sign-in with a recovery code, a password by mail", async () => {
  const owner = await signUp();
  await studio.world.query(`
    insert into studio.tenants (id, name) values ('${TENANT}', 'Engines');
    insert into studio.members (tenant_id, user_id, role)
    select '${TENANT}', id, 'owner' from studio.users where email = '${owner}'`);
  const grace = await studio.elsewhere();
  await withoutFonts(grace);
  const email = "grace@example.com";
  const inGroup = async (group: string) =>
    await provider.know({ grace: { email, email_verified: true, groups: [group] } });
  const isHere = async (role: string) =>
    await grace.locator(`.account[title="${email}, ${role} of Engines"]`).waitFor();
  const logOut = () => grace.getByRole("button", { name: "Log out", exact: true }).click();
  const byProvider = () => grace.getByRole("button", { name: "Continue with Example SSO" }).click();

  // A viewer looks, and is told whom to ask.
  await inGroup("staff");
  await grace.goto(`${studio.world.url}/login`);
  await byProvider();
  await logInAtProvider(grace, "grace");
  await agree(grace);
  await isHere("viewer");
  await says(grace.locator("main"), "Your role here is viewer.");
  expect(await grace.getByRole("button", { name: "New workspace" }).count()).toBe(0);
  // Another group at the next sign-in is another role; the provider still knows who is in this browser.
  await inGroup("leads");
  await logOut();
  await byProvider();
  await isHere("admin");
  await grace.getByRole("button", { name: "New workspace" }).waitFor();
  await grace.getByRole("link", { name: "Members" }).click();
  await grace.getByRole("heading", { name: "Invite somebody" }).waitFor();

  await grace.goto(`${studio.world.url}/account`);
  await grace.getByRole("button", { name: "Set up" }).click();
  const secret = await grace.locator(".secret").innerText();
  await grace.getByLabel("Code", { exact: true }).fill(codeOf(secret, 0));
  await grace.getByRole("button", { name: "Turn on" }).click();
  const list = grace.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
  await list.first().waitFor();
  const recoveryCodes = await list.allInnerTexts();
  await grace.getByRole("button", { name: "I have kept them" }).click();
  const proves = async (code: string) => {
    await grace.getByRole("heading", { name: "Two-factor sign-in" }).waitFor();
    await grace.getByLabel("Code", { exact: true }).fill(code);
    await grace.getByRole("button", { name: "Log in", exact: true }).click();
    await grace.getByRole("heading", { name: "Workspaces", exact: true }).waitFor();
  };
  for (const code of [codeOf(secret, 1), recoveryCodes[0] ?? ""]) {
    await logOut();
    await byProvider();
    await proves(code);
  }

  // Her first password comes by mail, and does not replace the second factor.
  await logOut();
  await grace.getByRole("link", { name: "Forgot your password?" }).click();
  await grace.getByLabel("Email").fill(email);
  await grace.getByRole("button", { name: "Send a link" }).click();
  await grace.goto((await mailbox.link(email, "new-password")).url);
  await grace.getByLabel("Password").fill("another good horse");
  await grace.getByRole("button", { name: "Change password" }).click();
  await says(grace.getByRole("status"), "Your password is changed");
  await grace.getByRole("link", { name: "Log in" }).click();
  await grace.getByLabel("Email").fill(email);
  await grace.getByLabel("Password").fill("another good horse");
  await grace.getByRole("button", { name: "Log in", exact: true }).click();
  await proves(recoveryCodes[1] ?? "");
  await isHere("admin");
  await grace.getByRole("button", { name: "New workspace" }).waitFor();
  await grace.context().close();
});
