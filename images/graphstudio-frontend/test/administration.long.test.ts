import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { PASSWORD, says, Studio } from "./studio";

const studio = new Studio();
let page: Page;
beforeEach(() => ({ page } = studio));

/** Every page fits on a phone, in both themes, and has nothing that a screen reader cannot read. */
async function looksRight(): Promise<void> {
  for (const viewport of [
    { width: 360, height: 740 },
    { width: 1280, height: 800 },
  ]) {
    await page.setViewportSize(viewport);
    expect(await studio.overflow()).toBe(0);
    expect(await studio.barriers()).toEqual([]);
  }
}

/** As the operator does it, with the id that the account page shows. */
async function becomeAdmin(email: string): Promise<void> {
  await page.getByTitle(`${email}, owner`).click();
  await studio.world.platformAdmin("grant", email, await page.locator("code").innerText());
  await page.reload();
  await page.getByRole("link", { name: "Administration" }).waitFor();
}

test("an administrator suspends and resumes a tenant, and its owner sees the reason; then the owner exports and deletes it", async () => {
  const email = await studio.signUp();
  const other = await studio.elsewhere();
  await other.goto(`${studio.world.url}/signup`);
  await other.getByLabel("Email").fill("ada@example.com");
  await other.getByLabel("Password").fill(PASSWORD);
  await other.getByLabel("Team name").fill("Ada & Co");
  await other.getByRole("button", { name: "Create account" }).click();
  await other.getByText("No workspaces yet").waitFor();
  await other.getByRole("button", { name: "New workspace" }).click();
  await other.getByLabel("Workspace name").fill("Pricing");
  await other.keyboard.press("Enter");
  await other.getByText("Nothing has run yet").waitFor();

  await page.goto(`${studio.world.url}/admin`);
  await page.getByText("There is no such page").waitFor();
  await becomeAdmin(email);
  await page.getByRole("link", { name: "Administration" }).click();
  await page.getByRole("searchbox").fill("ada &");
  await says(page.getByTestId("platform-tenant"), "Ada & Co");
  await says(page.getByTestId("platform-tenant"), /1 workspace, 1 active, \d+ B stored, 0 s of running time today/);
  await page.getByRole("link", { name: "Ada & Co" }).press("Enter");
  await page.getByRole("button", { name: "Suspend" }).press("Enter");
  await says(page.locator(".field-error"), "Give a reason");
  await page.keyboard.type("Unpaid since May");
  await page.keyboard.press("Enter");
  await page.getByText("Suspended: Unpaid since May").waitFor();

  await other.reload();
  await other.getByText("Ada & Co: Unpaid since May").waitFor();
  await page.getByRole("button", { name: "Resume" }).press("Enter");
  await page.getByRole("button", { name: "Suspend" }).waitFor();
  await page.getByLabel("Plan", { exact: true }).selectOption("unlimited");
  await page.getByRole("button", { name: "Set plan" }).click();
  await page.getByText("The plan is set").waitFor();
  await page.getByRole("link", { name: "People" }).click();
  await says(page.getByTestId("platform-person").first(), "ada@example.com");

  await other.goto(`${studio.world.url}/settings`);
  const downloading = other.waitForEvent("download");
  await other.getByRole("button", { name: "Export this tenant" }).click();
  const text = await readFile(await (await downloading).path(), "utf8");
  for (const part of ['"name":"Ada & Co"', '"name":"Pricing"', '"part":"tenant"', '"part":"workspaces"'])
    expect(text).toContain(part);
  await other.getByRole("button", { name: "Delete this tenant" }).press("Enter");
  await other.keyboard.type("Ada & Co");
  await other.keyboard.press("Tab");
  await other.keyboard.type(PASSWORD);
  await other.keyboard.press("Enter");
  await other.getByText("No workspaces yet").waitFor();
  await other.context().close();
});

test("a person deletes their account and may sign up with the address again", async () => {
  const email = await studio.signUp();
  await page.getByTitle(`${email}, owner`).click();
  await looksRight();
  await page.getByRole("button", { name: "Delete my account" }).press("Enter");
  await page.getByText("You are alone in these tenants").waitFor();
  await looksRight();
  await page.getByRole("dialog").getByLabel("Your password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Log in" }).waitFor();
  await studio.logIn(email);
  await page.getByRole("alert").getByText("Email or password is wrong").waitFor();
});

test("the pages of the administration fit on a phone and keep nobody out, in both themes", async () => {
  const email = await studio.openWorkspace();
  await studio.run("1 + 1");
  await becomeAdmin(email);
  await page.getByRole("link", { name: "Administration" }).click();
  const own = email.split("@")[0] ?? "";
  await page.getByRole("searchbox").fill(own);
  await says(page.getByTestId("platform-tenant"), "1 workspace, 1 active");
  await looksRight();
  await page.getByRole("link", { name: own, exact: true }).click();
  const usageOf = (label: string) => page.getByTestId("usage").filter({ hasText: label });
  await says(usageOf("Workspaces"), "1 of 500");
  await says(usageOf("Active workspaces"), "1, no limit");
  await says(usageOf("Storage"), "of 1,024 MiB");
  await says(page.getByRole("table", { name: "Executions each day" }), /1\s*$/);
  await page.getByRole("combobox", { name: "Days shown" }).selectOption("Last 90 days");
  await page
    .getByRole("table", { name: "Executions each day" })
    .getByRole("row")
    .nth(90)
    .waitFor({ state: "attached" });
  await page.getByRole("button", { name: "Suspend" }).press("Enter");
  await says(page.locator(".field-error"), "Give a reason");
  await looksRight();
  await page.getByRole("link", { name: "People" }).click();
  await page.getByTestId("platform-person").first().waitFor();
  await looksRight();
});
