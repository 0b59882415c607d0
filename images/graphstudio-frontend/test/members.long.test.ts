import type { Page } from "playwright-core";
import { PASSWORD, says, Studio } from "./studio";

const studio = new Studio();
let page: Page;
beforeEach(() => ({ page } = studio));

const member = (email: string) => page.getByTestId("member").filter({ hasText: email });

test("an owner invites by link, changes the role of the new member, who feels it, and removes them", async () => {
  await studio.signUp();
  await page.getByRole("link", { name: "Members" }).click();
  await page.getByLabel("Role", { exact: true }).selectOption("viewer");
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  const link = await page.locator(".invitation-link code").innerText();
  await says(page.getByTestId("invitation"), "Whoever has the link");

  const other = await studio.elsewhere();
  await other.goto(link);
  const email = `guest-${Date.now()}@example.com`;
  await other.getByLabel("Email").fill(email);
  await other.getByLabel("Password").fill(PASSWORD);
  await other.getByRole("button", { name: "Create account and join" }).click();
  await other.getByText("No workspaces yet").waitFor();
  await other.getByRole("link", { name: "Members" }).click();
  await other.getByTestId("member").nth(1).waitFor();
  expect(await other.getByRole("combobox").evaluateAll((all) => all.map((each) => each.matches(":disabled")))).toEqual([
    true,
    true,
  ]);
  expect(await other.getByRole("heading", { name: "Invite somebody" }).count()).toBe(0);

  await page.reload();
  expect(await page.getByTestId("invitation").count()).toBe(0);
  await page.getByLabel(`Role of ${email}`).selectOption("admin");
  await other.reload();
  await other.getByRole("heading", { name: "Invite somebody" }).waitFor();
  await page.getByRole("button", { name: `Remove ${email}` }).click();
  await member(email).waitFor({ state: "detached" });
  await other.reload();
  await other.locator(`[title^="${email}, owner"]`).waitFor();
  await other.context().close();
});

test("the last owner cannot leave, and is told why", async () => {
  const email = await studio.signUp();
  await page.getByRole("link", { name: "Members" }).click();
  await member(email).getByRole("button", { name: "Leave this tenant" }).click();
  await page.getByRole("alert").getByText("A tenant needs an owner").waitFor();
});

test("an invitation for one address is withdrawn", async () => {
  await studio.signUp();
  await page.getByRole("link", { name: "Members" }).click();
  await page.getByLabel("Email").fill("not an address");
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await says(page.locator(".field-error"), "Enter an address, or nothing");
  await page.getByLabel("Email").fill("bob@example.com");
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await page.getByRole("button", { name: "Withdraw the invitation of bob@example.com" }).click();
  await page.getByTestId("invitation").waitFor({ state: "detached" });
});

test("a changed password ends the sessions elsewhere and not the one here; log-out everywhere ends all", async () => {
  const email = await studio.signUp();
  const other = await studio.elsewhere();
  const logIn = async (password: string) => {
    await other.goto(`${studio.world.url}/login`);
    await other.getByLabel("Email").fill(email);
    await other.getByLabel("Password").fill(password);
    await other.getByRole("button", { name: "Log in" }).click();
  };
  await logIn(PASSWORD);
  await other.getByText("No workspaces yet").waitFor();

  await page.getByTitle(`${email}, owner`).click();
  await page.getByTestId("session").nth(1).waitFor();
  await page.getByLabel("Present password").fill("wrong");
  await page.getByLabel("New password").fill("short");
  await page.getByRole("button", { name: "Change password" }).click();
  await says(page.locator(".field-error"), "Choose at least 12 characters");
  await page.getByLabel("New password").fill("a much better password than that");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByRole("alert").getByText("Email or password is wrong").waitFor();
  await page.getByLabel("Present password").fill(PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("Your password is changed").waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Account" }).waitFor();
  await other.reload();
  await other.getByRole("heading", { name: "Log in" }).waitFor();

  await logIn("a much better password than that");
  await other.getByText("No workspaces yet").waitFor();
  await page.getByRole("button", { name: "Log out everywhere" }).click();
  await page.getByRole("heading", { name: "Log in" }).waitFor();
  await other.reload();
  await other.getByRole("heading", { name: "Log in" }).waitFor();
  await other.context().close();
});
