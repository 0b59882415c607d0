import { TestOidcProvider } from "@nexus/testkit/oidc-provider";
import type { Page } from "playwright-core";
import { agree, codeOf, logInAtProvider, withoutFonts } from "./sign-in-steps";
import { says, Studio } from "./studio";

let provider: TestOidcProvider;
const studio = new Studio(async (url) => {
  provider = await TestOidcProvider.start(url);
  return { ...provider.settings, OIDC_NAME: "Example SSO" };
});
let page: Page;
beforeEach(async () => {
  ({ page } = studio);
  await withoutFonts(page);
});
afterAll(() => provider?.stop());

const know = (subject: string, email = `${subject}@example.com`) =>
  provider.know({ [subject]: { email, email_verified: true } });
const button = () => page.getByRole("button", { name: "Continue with Example SSO" });

test("a person signs in with the identity provider by keyboard, and is back on the page that they wanted", async () => {
  await know("ada");
  await page.goto(`${studio.world.url}/members`);
  await button().waitFor();
  expect(await studio.barriers()).toEqual([]);
  await page.getByLabel("Email").focus();
  for (let step = 0; step < 3; step += 1) await page.keyboard.press("Tab");
  expect(await button().evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.press("Enter");
  await logInAtProvider(page, "ada");
  await agree(page);
  await page.getByRole("heading", { name: "Members" }).waitFor();
  expect(page.url()).toBe(`${studio.world.url}/members`);
  await page.getByText("ada@example.com").first().waitFor();
});

test("who stops at the provider is told so once, and can try again", async () => {
  await page.goto(`${studio.world.url}/login`);
  await button().click();
  await page.getByRole("link", { name: "Cancel" }).click();
  await page.getByRole("heading", { name: "The sign-in did not work" }).waitFor();
  await says(page.getByRole("alert"), "did not let you in, or you stopped there");
  expect(page.url()).toBe(`${studio.world.url}/signed-in`);
  expect(await studio.barriers()).toEqual([]);
  await page.getByRole("link", { name: "Back to the log-in" }).click();
  await button().waitFor();
});

test("an account is connected on its page, which then says so", async () => {
  const email = await studio.signUp();
  await know("connecting", email);
  await page.goto(`${studio.world.url}/account`);
  await button().click();
  await logInAtProvider(page, "connecting");
  await agree(page);
  await page.getByText("This account is connected with Example SSO").waitFor();
  expect(page.url()).toBe(`${studio.world.url}/account`);
  expect(await button().count()).toBe(0);
  await page.getByRole("button", { name: "Change password" }).waitFor();
});

test("an account without a password proves itself by a fresh log-in, and gives its code after the provider", async () => {
  await know("bare");
  await page.goto(`${studio.world.url}/account`);
  await button().click();
  await logInAtProvider(page, "bare");
  await agree(page);
  await page.getByText("You log in with Example SSO. This account has no password.").waitFor();
  expect(await page.getByLabel("Your password").count()).toBe(0);
  expect(await studio.barriers()).toEqual([]);
  await page.setViewportSize({ width: 360, height: 800 });
  expect(await studio.overflow()).toBe(0);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole("button", { name: "Set up" }).click();
  const secret = await page.locator(".secret").innerText();
  await page.getByLabel("Code", { exact: true }).fill(codeOf(secret, 0));
  await page.getByRole("button", { name: "Turn on" }).click();
  const recovery = page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem").first();
  const recoveryCode = await recovery.innerText();
  await page.getByRole("button", { name: "I have kept them" }).click();

  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await button().click();
  // The provider still knows who is in this browser, and asks nothing.
  await page.getByRole("heading", { name: "Two-factor sign-in" }).waitFor();
  expect(await studio.barriers()).toEqual([]);
  await page.getByLabel("Code", { exact: true }).fill(codeOf(secret, 1));
  await page.getByRole("button", { name: "Log in", exact: true }).click();
  await page.getByText("No workspaces yet").waitFor();
  await page.goto(`${studio.world.url}/account`);
  await page.getByRole("button", { name: "Delete my account" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("This account has no password").waitFor();
  await dialog.getByLabel("Code").fill(recoveryCode);
  await dialog.getByRole("button", { name: "Delete account" }).click();
  await page.getByRole("heading", { name: "Log in" }).waitFor();
});

test("a provider that goes away meanwhile is a clear problem, and the password still works", async () => {
  const email = await studio.signUp();
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await know("late");
  await page.route("**/auth/session/oidc/answer", async (route) => {
    await provider.stop();
    await route.continue();
  });
  await button().click();
  await logInAtProvider(page, "late");
  await agree(page);
  await says(page.getByRole("alert"), "The identity provider does not answer as it should. Try again in 10 s.");
  await page.getByRole("link", { name: "Back to the log-in" }).click();
  await studio.logIn(email);
  await page.getByText("No workspaces yet").waitFor();
});
